"""Every file of the site, downloaded or not, is what its name and its link say, to the last row."""

from __future__ import annotations

import hashlib
import io
import json
import mimetypes
from pathlib import Path

import pandas as pd
import pytest
from _release import media
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def files(site):
    """Every file of the site that readers can meet."""
    return sorted(path for path in site.rglob("*") if path.is_file() and path.name[0] != ".")


def test_every_file_is_what_its_name_says(files, site):
    faults = [f"{path.relative_to(site)} {wrong}" for path in files if (wrong := media.fault(path))]
    assert not faults


def test_links_that_name_a_type_name_the_right_one(files):
    wrong = []
    for path in files:
        if path.suffix == ".html":
            page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            for link in page.select("a[type], link[rel=alternate][type], object[type], source[type]"):
                address = (link.get("href") or link.get("data") or link.get("src") or "").split("#")[0]
                if address and media.media_type(Path(address)) != link["type"].split(";")[0]:
                    wrong.append(f"{path.name}: {address} as {link['type']}")
    assert not wrong


def test_types_agree_with_the_standard_list():
    standard = mimetypes.MimeTypes(filenames=())
    alike = {".xml": {"text/xml"}, ".js": {"application/javascript"}, ".ico": {"image/vnd.microsoft.icon"}}
    for end, kind in media.TYPES.items():
        known = standard.guess_type(f"a{end}")[0]
        assert known in {None, kind, *alike.get(end, ())}, end


def test_tables_carry_the_bytes_that_the_data_package_promises(site):
    package = json.loads((site / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for one in package["resources"]:
        content = (site / "data" / one["path"]).read_bytes()
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}" and one["bytes"] == len(content)
        assert one["mediatype"] == media.media_type(Path(one["path"]))


def test_exhibits_open_as_picture_and_table(site):
    from PIL import Image

    for one in json.loads((site / "exhibits.json").read_text(encoding="utf-8")):
        for name in one["files"]:
            if name.endswith(".csv"):
                lines = (site / name).read_text(encoding="utf-8").splitlines(keepends=True)
                said = next(n for n, line in enumerate(lines) if not line.startswith("#"))
                table = pd.read_csv(io.StringIO("".join(lines[said:])))
                assert len(table) == one["rows"] and len(table.columns) > 0, name
            if name.endswith(".png"):
                with Image.open(site / name) as picture:
                    assert picture.format == "PNG" and min(picture.size) > 50, name
