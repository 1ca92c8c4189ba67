"""The open data portal: CKAN action API (`GET /api/3/action/<name>`).

Envelopes, keys, the cap of 25 on organization_list with all_fields, the bare string for an unknown action and the error
envelopes are real (tests/payloads/ckan). organization_show follows CKAN's documentation. Simulated: that a province marks
the entries of its open data list with the tag `danh-muc-du-lieu-mo` and leaves an entry without resources until provided.
"""

import json
import re
import uuid
from datetime import date

from .wire import Reply
from .world import dumps

PREFIX = "/api/3/action/"
TAG = "danh-muc-du-lieu-mo"
ORG_CAP, ROW_CAP = 25, 1000
TERM = re.compile(r'\+?(\w+):("[^"]*"|\[[^\]]*\]|[^\s()]+)')


class Ckan(Exception):
    """An error envelope."""

    def __init__(self, status, kind, message=None, **fields):
        super().__init__(kind)
        self.status = status
        self.error = ({"message": message} if message else fields) | {"__type": kind}


def ident(*parts):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "ckan/" + "/".join(parts)))


def stamp(day, tail="04:19:52.146441"):
    return f"{day}T{tail}"


class OpenData:
    def __init__(self, world):
        self.world, self.province, self.papers = world, world.province, world.papers
        self.by_name = {self.province.by_slug[s].ckan_name: s for s in self.papers.organisations}
        self.actions = {"organization_list": self.organization_list, "organization_show": self.organization_show,
                        "package_search": self.package_search, "package_show": self.package_show,
                        "status_show": self.status_show}

    def handle(self, request):
        name = request.path.removeprefix(PREFIX)
        if not request.path.startswith(PREFIX):
            return Reply(404, "<html><body>404 Not Found</body></html>", "text/html; charset=utf-8")
        if name not in self.actions:
            return Reply(400, dumps(f"Bad request - Action name not known: {name}"))
        host = request.headers.get("host", "localhost")
        return self.world.cached("opendata", name, request.raw_query, request.body, host,
                                 make=lambda: self.answer(name, request, host))

    def answer(self, name, request, host):
        query = request.query
        if request.method == "POST" and request.body:
            query = {k: v if isinstance(v, str) else json.dumps(v) for k, v in json.loads(request.body).items()}
        help_ = f"http://{host}/api/3/action/help_show?name={name}"
        try:
            return Reply(200, dumps({"help": help_, "success": True, "result": self.actions[name](query)}))
        except Ckan as error:
            return Reply(error.status, dumps({"help": help_, "success": False, "error": error.error}))

    @staticmethod
    def number(query, key, default):
        try:
            value = int(query.get(key) or default)
        except ValueError:
            raise Ckan(409, "Validation Error", **{key: ["Invalid integer"]}) from None
        if value < 0:
            raise Ckan(409, "Validation Error", **{key: ["Must be a natural number"]})
        return value

    def visible(self, slug):
        return [d for d in self.papers.datasets_of[slug] if d.listed <= self.world.today]

    # Organisations

    def organization(self, slug, short=False):
        unit = self.province.by_slug[slug]
        row = {"id": ident("org", slug), "name": unit.ckan_name, "title": unit.name, "type": "organization",
               "description": "", "image_url": "", "created": stamp(date(2023, 7, 18)), "is_organization": True,
               "approval_status": "approved", "state": "active"}
        if not short:
            row |= {"display_name": unit.name, "image_display_url": "", "num_followers": 0,
                    "package_count": len(self.visible(slug))}
        return row

    def organization_list(self, query):
        slugs = sorted(self.papers.organisations, key=lambda s: self.province.by_slug[s].ckan_name)
        offset = self.number(query, "offset", 0)
        if query.get("all_fields", "").lower() not in ("true", "1"):
            limit = self.number(query, "limit", ROW_CAP)
            return [self.province.by_slug[s].ckan_name for s in slugs[offset:offset + limit]]
        limit = min(self.number(query, "limit", ORG_CAP), ORG_CAP)
        return [self.organization(s) for s in slugs[offset:offset + limit]]

    def organization_show(self, query):
        slug = self.by_name.get(query.get("id"))
        if not slug:
            raise Ckan(404, "Not Found Error", "Not found")
        row = self.organization(slug)
        if query.get("include_datasets", "").lower() in ("true", "1"):
            row["packages"] = [self.package(d) for d in self.visible(slug)]
        return row

    # Datasets

    def package(self, dataset):
        today = self.world.today
        provided = dataset.provided if dataset.provided and dataset.provided <= today else None
        number = ident("package", dataset.name)
        resources = [{
            "cache_last_updated": None, "cache_url": None, "created": stamp(provided), "datastore_active": True,
            "description": "", "format": "XLSX", "hash": "", "id": ident("resource", dataset.name),
            "last_modified": stamp(provided), "metadata_modified": stamp(provided), "mimetype": None,
            "mimetype_inner": None, "name": dataset.title, "package_id": number, "position": 0, "resource_type": None,
            "size": None, "state": "active", "url": f"https://dulieu.ninhthuan.example/dataset/{dataset.name}.xlsx",
            "url_type": "upload"}] if provided else []
        tags = [{"display_name": TAG, "id": ident("tag", TAG), "name": TAG, "state": "active", "vocabulary_id": None}]
        return {"author": "", "author_email": None, "creator_user_id": ident("user"), "id": number, "isopen": False,
                "license_id": "", "license_title": "", "maintainer": "", "maintainer_email": None,
                "metadata_created": stamp(dataset.listed), "metadata_modified": stamp(provided or dataset.listed),
                "name": dataset.name, "notes": "", "num_resources": len(resources),
                "num_tags": int(dataset.in_catalogue), "organization": self.organization(dataset.unit, short=True),
                "owner_org": ident("org", dataset.unit), "private": False, "state": "active", "title": dataset.title,
                "type": "dataset", "url": None, "version": None, "extras": [], "groups": [], "resources": resources,
                "tags": tags if dataset.in_catalogue else [], "relationships_as_subject": [],
                "relationships_as_object": []}

    def package_show(self, query):
        for slug in self.papers.organisations:
            for dataset in self.visible(slug):
                if query.get("id") in (dataset.name, ident("package", dataset.name)):
                    return self.package(dataset)
        raise Ckan(404, "Not Found Error", "Not found")

    def package_search(self, query):
        rows, start = min(self.number(query, "rows", 10), ROW_CAP), self.number(query, "start", 0)
        found = [self.package(d) for slug in self.papers.organisations for d in self.visible(slug)]
        for field, wanted in TERM.findall(query.get("fq", "")):
            found = [p for p in found if self.matches(p, field, wanted.strip('"'))]
        sort = query.get("sort") or "score desc, metadata_modified desc"
        found.sort(key=lambda p: (p["metadata_modified"], p["name"]), reverse="metadata_modified desc" in sort)
        facets, search_facets = {}, {}
        if "organization" in query.get("facet.field", ""):
            for package in found:
                name = package["organization"]["name"]
                facets[name] = facets.get(name, 0) + 1
            titles = {self.province.by_slug[s].ckan_name: self.province.by_slug[s].name for s in self.papers.organisations}
            search_facets = {"organization": {"title": "organization", "items": [
                {"count": n, "display_name": titles[name], "name": name} for name, n in sorted(facets.items())]}}
            facets = {"organization": facets}
        return {"count": len(found), "facets": facets, "results": found[start:start + rows], "sort": sort,
                "search_facets": search_facets}

    @staticmethod
    def matches(package, field, wanted):
        if field == "organization":
            return package["organization"]["name"] == wanted
        if field == "owner_org":
            return package["owner_org"] == wanted
        if field == "tags":
            return any(t["name"] == wanted for t in package["tags"])
        if field == "num_resources":
            bounds = re.fullmatch(r"\[(\d+|\*) TO (\d+|\*)\]", wanted) or re.fullmatch(r"(\d+)()", wanted)
            if bounds:
                low = 0 if bounds[1] == "*" else int(bounds[1])
                high = low if bounds[2] == "" else 10**9 if bounds[2] == "*" else int(bounds[2])
                return low <= package["num_resources"] <= high
        raise Ckan(409, "Search Query Error", f"Invalid search query: undefined field or range {field}:{wanted}")

    @staticmethod
    def status_show(_query):
        return {"site_title": "Cổng dữ liệu mở tỉnh Ninh Thuận (mô phỏng)", "site_description": "",
                "site_url": "https://dulieu.ninhthuan.example", "ckan_version": "2.10.4", "error_emails_to": None,
                "locale_default": "vi", "extensions": ["datastore", "dcat"]}
