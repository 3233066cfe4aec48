"""Stories of the drive that holds the files of messages (facts.md 6.2)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sim_stories import rules
from sim_tenant import Tenant

PIECE = 320 * 1024


@pytest.fixture
async def anne(tenant: Tenant) -> httpx.AsyncClient:
    """Anne, who may use files."""
    await tenant.control("PUT", f"/apps/{tenant.info['client_id']}", {"admin_scopes": ["Files.ReadWrite"]})
    return await tenant.person("anne", "Files.ReadWrite")


async def begin(anne: httpx.AsyncClient, conflict: str) -> httpx.Response:
    item = {"@microsoft.graph.conflictBehavior": conflict}
    return await anne.post("/me/drive/root:/Bills/big.bin:/createUploadSession", json={"item": item})


async def put(tenant: Tenant, address: str, start: int, data: bytes, size: int) -> httpx.Response:
    """One piece; the address is permission enough."""
    place = f"bytes {start}-{start + len(data) - 1}/{size}"
    return await tenant.http.put(address, content=data, headers={"Content-Range": place})


async def send_all(tenant: Tenant, anne: httpx.AsyncClient, conflict: str, data: bytes) -> dict[str, Any]:
    address = (await begin(anne, conflict)).json()["uploadUrl"]
    return (await put(tenant, address, 0, data, len(data))).json()


class TestLargeFiles:
    async def test_each_session_is_asked_to_wait_by_itself(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        one, other = [(await begin(anne, "rename")).json()["uploadUrl"] for _ in range(2)]
        slow = {"fault": "throttle", "seconds": 30, "on": {"method": "PUT", "path": "*/uploadSession"}, "times": 3}
        await tenant.control("POST", "/faults", slow)
        for address in (one, other):
            assert (await put(tenant, address, 0, b"a", 1)).status_code == 429
        assert await rules(tenant) == []
        assert (await put(tenant, one, 0, b"a", 1)).status_code == 429
        assert await rules(tenant) == ["early-retry"]

    async def test_in_pieces(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        session = (await begin(anne, "fail")).json()
        address, data = session["uploadUrl"], bytes(PIECE) + b"the end"
        assert session["nextExpectedRanges"] == ["0-"]
        first = await put(tenant, address, 0, data[:PIECE], len(data))
        assert (first.status_code, first.json()["nextExpectedRanges"]) == (202, [f"{PIECE}-"])
        again = await put(tenant, address, 0, data[:PIECE], len(data))
        assert (again.status_code, again.json()["error"]["code"]) == (416, "invalidRange")
        assert (await tenant.http.get(address)).json()["nextExpectedRanges"] == [f"{PIECE}-"]
        last = await put(tenant, address, PIECE, data[PIECE:], len(data))
        assert (last.status_code, last.json()["name"], last.json()["size"]) == (201, "big.bin", len(data))
        read = await anne.get("/me/drive/root:/Bills/big.bin:/content", follow_redirects=True)
        assert read.content == data
        assert (await tenant.http.get(address)).status_code == 404

    async def test_when_there_is_such_a_file(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        first = await send_all(tenant, anne, "fail", b"one")
        assert (await begin(anne, "fail")).status_code == 409
        assert (await send_all(tenant, anne, "replace", b"two"))["id"] == first["id"]
        assert (await send_all(tenant, anne, "rename", b"three"))["name"] == "big 1.bin"

    async def test_given_up(self, tenant: Tenant, anne: httpx.AsyncClient) -> None:
        address = (await begin(anne, "fail")).json()["uploadUrl"]
        assert (await tenant.http.delete(address)).status_code == 204
        assert (await put(tenant, address, 0, b"x", 1)).status_code == 404

    @pytest.mark.parametrize("place", ["", "bytes 0-9/10", "bytes 0-0/0"])
    async def test_nonsense(self, tenant: Tenant, anne: httpx.AsyncClient, place: str) -> None:
        address = (await begin(anne, "fail")).json()["uploadUrl"]
        assert (await tenant.http.put(address, content=b"x", headers={"Content-Range": place})).status_code == 400


async def test_the_drive_by_its_id(anne: httpx.AsyncClient) -> None:
    drive = (await anne.get("/me/drive")).json()["id"]
    made = await anne.put(f"/drives/{drive}/items/root:/a.txt:/content", content=b"hello")
    assert made.json()["parentReference"]["driveId"] == drive
    children = (await anne.get(f"/drives/{drive}/root/children")).json()["value"]
    assert [child["name"] for child in children] == ["a.txt"]
    encoded = await anne.get(f"/drives/{drive}/items/root%3A%2Fa.txt%3A/content", follow_redirects=True)
    assert encoded.content == b"hello"
    assert (await anne.get("/drives/b!other/root/children")).status_code == 404


async def test_an_address_needs_no_token_but_its_own(tenant: Tenant, anne: httpx.AsyncClient) -> None:
    made = (await anne.put("/me/drive/root:/a.txt:/content", content=b"hello")).json()
    address = made["@microsoft.graph.downloadUrl"]
    assert (await tenant.http.get(address)).content == b"hello"
    assert (await tenant.http.get(address.rpartition("=")[0] + "=guess")).status_code == 401


async def test_ten_megabytes_arrive_whole(anne: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield bytes(1024 * 1024)

    made = await anne.put("/me/drive/root:/ten.bin:/content", content=pieces())
    assert made.json()["size"] == 10 * 1024 * 1024
