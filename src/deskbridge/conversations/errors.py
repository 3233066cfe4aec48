"""How what goes with a message can be refused; the tree of all errors is in `deskbridge/errors.py`."""

from __future__ import annotations

from deskbridge.errors import Unavailable, Unprocessable


class NotAnImage(Unprocessable):
    """Its first bytes are not those of an image that every platform shows."""

    code, sentence = "not_an_image", "This is not a picture that can be sent. Choose a PNG, JPEG, GIF or WebP."


class PictureMissing(Unprocessable):
    """The message shows a picture that was not given, or was given too long ago."""

    code, sentence = "picture_missing", "A picture of this message is not here any more. Remove it and attach it again."


class PicturesTooLarge(Unprocessable):
    """Teams takes 4 MB of pictures a message (facts.md 6.2)."""

    code, sentence = "pictures_too_large", "The pictures of a message may have 4 MB together. Send them one by one."


class FileMissing(Unprocessable):
    """The message takes a file along that was not given, or was given too long ago."""

    code, sentence = "file_missing", "A file of this message is not here any more. Remove it and attach it again."


class EmptyFile(Unprocessable):
    """There is nothing in it."""

    code, sentence = "empty_file", "This file is empty."


class HarmfulFile(Unprocessable):
    """The scanner that the operator set knows it."""

    code = "harmful_file"
    sentence = "This file is not taken: the virus scanner says that it is harmful."


class ScannerUnavailable(Unavailable):
    """The virus scanner does not answer, or could not look at the file."""

    code = "scanner_unavailable"
    sentence = "The virus scanner could not look at this file. Try again in a minute, or ask your administrator."


class FilesToTeamsOff(Unprocessable):
    """The Account does not let files go to Microsoft Teams, for which Microsoft has to allow more."""

    code = "files_to_teams_off"
    sentence = "Files to Microsoft Teams are switched off. Remove them, or ask your administrator to switch them on."


class TooManyUnsent(Unprocessable):
    """Given, and never sent."""

    code = "too_many_unsent"
    sentence = "Too much is attached to messages that were not sent. Send some of it first."
