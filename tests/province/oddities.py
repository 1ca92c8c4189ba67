"""What is wrong, missing or extreme in the simulated province, unit by unit: each entry exists for one trap of the criteria.

Months are (year, month). A unit that stands in no entry behaves well.
"""

from datetime import date

PIN_DAY = date(2024, 11, 30)            # pinned totals hold for January to November 2024

# Document axis (III.3a).
EDOC_SILENT = frozenset({"nt-vp-dbqh-hdnd", "nt-bac-ai-phuoc-tan"})             # answers null, always
EDOC_MISSING = frozenset({("nt-ninh-phuoc", (2024, 5)), ("nt-prtc-tan-tai", (2024, 3))})
EDOC_DEAD = frozenset({"nt-so-vhttdl"})                                         # signed counter never worked
EDOC_DEAD_MONTHS = frozenset({("nt-bac-ai", (2024, m)) for m in (1, 2, 3)})     # worked from April on
EDOC_V2 = frozenset({"nt-so-vhttdl", "nt-so-tttt", "nt-bac-ai", "nt-thuan-nam"})
EDOC_PINNED = {"nt-so-y-te": (2499, 2500)}                                      # prints 99.96, is not 100
EDOC_ALL_SIGNED = frozenset({"nt-so-tttt", "nt-vp-ubnd", "nt-ninh-hai", "nt-prtc-phu-ha", "nt-prtc-thanh-son"})

# Work files (III.3b).
FILES_SILENT = frozenset({"nt-thanh-tra", "nt-ninh-hai-thanh-hai"})             # no row, ever
FILES_MISSING = frozenset({("nt-ninh-son-quang-son", (2024, 7))})               # no row for one month
FILES_NULL = frozenset({("nt-ninh-phuoc-an-hai", (2024, 6))})                   # trucTuyen null for one month
FILES_STALE = {"nt-so-gtvt": date(2024, 8, 30), "nt-thuan-bac-loi-hai": date(2024, 8, 30)}
FILES_PINNED = {
    "nt-so-tttt": (3000, 3000),                                                 # P: exactly 100
    "nt-so-noi-vu": (3999, 4000),                                               # P: 99.98
    "nt-prtc": (4750, 5000),                                                    # H: exactly 95
    "nt-ninh-hai": (4749, 5000),                                                # H: one file short of 95
    "nt-bac-ai-phuoc-dai": (900, 1200),                                         # X: exactly 75
    "nt-bac-ai-phuoc-chinh": (899, 1200),                                       # X: one file short of 75
}

# One-stop system (III.5b) and services (III.5a).
NO_SERVICES = frozenset({"nt-vp-dbqh-hdnd", "nt-ban-dan-toc"})                  # nothing to offer: a real 0 of 0 services
ONESTOP_SILENT = frozenset({"nt-vp-dbqh-hdnd", "nt-ban-dan-toc", "nt-ninh-phuoc-phuoc-vinh"})  # zero rows, month 0
ONESTOP_ZERO = frozenset({"nt-thanh-tra"})                                      # reports every month, receives nothing
ONESTOP_MISSING = frozenset({("nt-thuan-bac", (2024, 4))})
ONESTOP_UNKNOWN = ("H43.TTPVHCC", "Trung tâm Phục vụ hành chính công tỉnh")     # in no list of codes

# National portal (III.1b, III.5a).
PORTAL_ABSENT = frozenset({"nt-so-khcn"})                                       # in no reply
PORTAL_NULL = frozenset({"nt-so-gddt"})                                         # numerator and denominator null
PORTAL_NULL_NUMERATOR = frozenset({"nt-thuan-nam"})                             # only the numerator is null
PORTAL_ONLINE_NULL = frozenset({"nt-ninh-phuoc-phuoc-vinh"})                    # service counts null

# Report hub (III.6a).
REPORTS_SILENT = frozenset({"nt-vp-dbqh-hdnd", "nt-thuan-nam-ca-na"})           # not known to the hub
REPORTS_PERFECT = frozenset({"nt-so-tttt", "nt-so-khdt", "nt-prtc"})
REPORTS_SECRET = frozenset({"nt-so-noi-vu", "nt-thanh-tra", "nt-ninh-son"})     # file secret reports besides

# Open data (III.1a, III.8b).
OPENDATA_ABSENT = frozenset({"nt-thanh-tra", "nt-bql-kcn"})                     # organisation not in the catalogue
OPENDATA_EMPTY = frozenset({"nt-so-noi-vu", "nt-bac-ai"})                       # there, with 0 datasets
OPENDATA_COMPLETE = frozenset({"nt-so-tttt", "nt-so-khcn", "nt-ninh-son", "nt-so-gtvt"})
OPENDATA_NONE_PROVIDED = frozenset({"nt-so-ldtbxh"})                            # listed, nothing provided

# Portals (III.7).
SITE_LOGIN = "nt-so-tu-phap"
SITE_ERROR = "nt-so-xay-dung"
SITE_SHELL = "nt-ninh-hai"
SITE_BOM = "nt-ninh-son"
SITE_UNREADABLE = frozenset({SITE_LOGIN, SITE_ERROR, SITE_SHELL})
SITE_COMPLETE = frozenset({"nt-so-tttt", "nt-vp-ubnd", "nt-so-y-te", "nt-ninh-son"})
SITE_COMMENTED = {"nt-so-cong-thuong": "chien-luoc", "nt-prtc": "thong-ke"}    # inside an HTML comment
SITE_EMPTY = {"nt-so-nnptnt": "bao-cao-tai-chinh", "nt-thuan-bac": "thong-ke"}  # heading with nothing below

# Declared figures (III.0, III.2, III.3c, III.4).
DECLARES_NOTHING = frozenset({"nt-so-khdt", "nt-hoi-ccb", "nt-thuan-nam-nhi-ha"})
DECLARES_BLANK = {("nt-so-tai-chinh", "tasks.done"), ("nt-ninh-hai-tri-hai", "product.in_use")}
DECLARES_ZERO_DUE = frozenset({"nt-hoi-phu-nu"})                                # no task due: 0 of 0
