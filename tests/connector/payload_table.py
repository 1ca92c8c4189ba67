"""The table of payloads: for each file of tests/payloads how it is declared, and whether it is stored or refused.

A row is (file, "stored" or the cause with which it is refused, declaration). The declaration is a stream's own "accept" and "format"
plus "unit"; every other field of a record is stored as the metric of its name.
"""

OK = {"code": "OK"}
ENVELOPE = {"code": ".code", "message": ".message"}
METRIC = '.metrics[] | select(.code == "%s") | .%s'


def json_(records, unit, fields, require=None, envelope=None, status=200, **more):
    return {"format": {"kind": "json", "records": records, "fields": dict(fields, **({"unit": unit} if unit else {})),
                       "envelope": envelope or {}}, "require": require, "status": status, "type": "application/json; charset=utf-8", **more}


def portal(records, fields):
    return json_(records, ".departmentId", fields, OK, ENVELOPE, 201)


def metric(code):
    return {"done": METRIC % (code, "numerator"), "all": METRIC % (code, "denominator")}


def text(type_, status=200):
    return json_(".", None, {"x": ".x"}, type=type_, status=status)


def html(fields, records=None, **more):
    spec = {"kind": "html", "fields": fields}
    if records:
        spec["records"] = records
    return {"format": spec, "require": None, "status": 200, "type": "text/html; charset=utf-8", "words": {"true": "1", "false": "0"}, **more}


def xml(records, fields, unit=None, status=200):
    return {"format": {"kind": "xml", "records": records, "namespaces": {"e": "http://www.mic.gov.vn/TBT/QCVN_102_2016",
                                                                         "ams": "http://wso2.org/apimanager/security"},
                       "fields": dict(fields, **({"unit": unit} if unit else {}))}, "require": None, "status": status,
            "type": "application/xml; charset=utf-8"}


NATIONAL = portal(".data.evaluation[]", {"total": ".totalScore", "ckmb": ".groupScores.CKMB", "mdsh": ".groupScores.MDSH"})
INDEX = json_(".[]", ".MA_COQUAN", {"total": ".TONG_SCORE", "tdgq": ".TDGQ"})
CKAN = {"success": ".success", "message": ".error.message"}
YES = {"success": "true"}
VXP = {"status": ".status", "code": ".ErrorCode", "message": ".ErrorDesc"}
GOOD = {"status": "OK"}
FAULT = {"code": ".fault.code", "message": ".fault.message"}
# Two versions of the axis, two spellings; where neither is there, the field is missing and not null.
SENT = 'if has("sent_ext") then .sent_ext elif has("sentExt") then .sentExt else empty end'
NO_LIST = "null where a list was expected"

ROWS = [
    *[(f"captures/service-results-national/2026-{day}.json", "stored", NATIONAL)
      for day in ("09-17", "09-26", "09-27", "10-02", "10-04", "10-05", "10-07", "10-09", "10-10")],
    ("ckan/datastore_search.json", "stored", json_(".result", None, {"total": ".total"}, YES, CKAN)),
    ("ckan/error_200_authorization.json", 'success "false"', json_(".result[]", None, {"n": ".n"}, YES, CKAN)),
    ("ckan/error_400_unknown_action.json", "HTTP 400", json_(".result[]", None, {"n": ".n"}, YES, CKAN, 400)),
    ("ckan/error_404.json", "HTTP 404", json_(".result[]", None, {"n": ".n"}, YES, CKAN, 404)),
    ("ckan/error_409_validation.json", "Invalid integer", json_(".result[]", None, {"n": ".n"}, YES, CKAN, 409)),
    ("ckan/legacy_success_int.json", "stored", json_(".result", None, {}, {"success": "1"}, CKAN, count="answers")),
    ("ckan/organization_list_all_fields.json", "stored", json_(".result[]", ".name", {"packages": ".package_count"}, YES, CKAN)),
    ("ckan/organization_list_names.json", "stored", json_(".result[]", ".", {}, YES, CKAN, count="listed")),
    ("ckan/package_search.json", "stored", json_(".result", None, {"count": ".count"}, YES, CKAN)),
    ("ckan/package_search_empty_page.json", "stored", json_(".result", None, {"count": ".count"}, YES, CKAN)),
    ("ckan/package_show.json", "stored", json_(".result", None, {"resources": ".num_resources"}, YES, CKAN)),
    ("ckan/status_show.json", "stored", json_(".result", None, {"up": ".ckan_version"}, YES, CKAN, count="answers")),
    ("dvcqg_legacy/766_provinces.json", "stored", INDEX),
    ("dvcqg_legacy/766_subunits.json", "stored", INDEX),
    ("dvcqg_legacy/agency_list.json", "stored", json_(".[]", ".CODE", {}, count="listed")),
    ("dvcqg_legacy/chiso.json", "stored", json_(".[]", None, {"score": ".SCORE", "max": ".MAX_SCORE"}, name=".CODE")),
    ("dvcqg_legacy/decisions_paged.json", "stored", json_(".[]", ".AGENCY_ID", {}, count="decisions",
                                                          day=(".PUBLISHING_DATE", "dd-MM-yyyy"))),
    ("dvcqg_legacy/fts_solr.json", "stored", json_(".response", None, {"found": ".numFound"})),
    ("dvcqg_legacy/month_sum.json", "stored", json_(".[]", None, {"all": ".HS_TOTAL", "on_time": ".HTDH_TOTAL", "rate": ".HTDH",
                                                                  "unknown": ".TNKTCS_TOTAL"})),
    ("dvcqg_legacy/request_766.form.txt", "invalid char in json text", text("application/json")),
    ("dvcqg_legacy/trend_unsorted.json", "stored", json_(".[]", None, {"score": ".TB_SCORE"}, name=".MONTH")),
    ("dvcqg_legacy/units_dropdown.json", "stored", json_(".[]", ".ID", {}, count="listed")),
    ("dvcqg_sync/laythutuc_ok.json", "stored", json_(".result[]", None, {}, {"code": "00"}, {"code": ".error_code", "message": ".message"},
                                                     count="procedures")),
    ("dvcqg_sync/login_fail.json", "where \"0\" is required", json_(".", None, {"x": ".x"}, {"code": "0"}, {"code": ".error_code", "message": ".message"})),
    ("dvcqg_sync/login_ok.json", "stored", json_(".", None, {"error": ".error_code"}, {"code": "0"}, {"code": ".error_code"})),
    ("dvcqg_sync/login_request.json", "has no code where \"0\" is required", json_(".", None, {"x": ".x"}, {"code": "0"}, {"code": ".error_code"})),
    ("dvcqg_sync/sync_error.json", "where \"00\" is required", json_(".", None, {"x": ".x"}, {"code": "00"}, {"code": ".error_code", "message": ".message"})),
    ("dvcqg_sync/sync_ok.json", "stored", json_(".", None, {"code": ".error_code"}, {"code": "00"}, {"code": ".error_code"})),
    ("dvcqg_sync/sync_request.json", "has no code where \"00\" is required", json_(".", None, {"x": ".x"}, {"code": "00"}, {"code": ".error_code"})),
    ("dvcqg_v1/dossier_digitized_year.json", "stored", portal(".data.evaluation[]", metric("SO_HOA_GIAY_TO_GIAI_QUYET"))),
    ("dvcqg_v1/dvc_progress_tree_year.json", "stored", portal(".data.children[]", {"received": ".totalReceived", "on_time": ".totalOnTime", "score": ".score"})),
    ("dvcqg_v1/error_envelope.json", "where \"OK\" is required", NATIONAL),
    ("dvcqg_v1/formalities_page.json", "stored", json_(".data.items[]", ".departmentId", {}, OK, ENVELOPE, 201, count="formalities")),
    ("dvcqg_v1/formality_online_payment_tree_year.json", "stored", portal(".data.children[]", {"paid": ".totalDossierOnlinePaymentSuccess", "score": ".totalScore"})),
    ("dvcqg_v1/handling_satisfaction_year.json", "stored", portal(".data.evaluation[]", metric("PETITION_PROCESSING_ON_TIME"))),
    ("dvcqg_v1/provide_online_tree_year.json", "stored", portal(".data.children[]", {"score": ".totalScore"})),
    ("dvcqg_v1/province_roots.json", "stored", json_(".[]", ".departmentCode", {}, count="listed")),
    ("dvcqg_v1/request_rejected.html", "rejection page", dict(NATIONAL, type="text/html", status=200)),
    ("dvcqg_v1/requests.json", "has no code where \"OK\" is required", NATIONAL),
    ("dvcqg_v1/service_results_month_sparse.json", "stored", portal(".data.evaluation[]", {"total": ".totalScore"})),
    ("dvcqg_v1/service_results_national.json", "stored", NATIONAL),
    ("dvcqg_v1/service_results_national_20261010.json", "stored", NATIONAL),
    ("dvcqg_v1/service_results_province.json", "stored", portal(".data.evaluation[]", {"total": ".totalScore"})),
    ("dvcqg_v1/spa_shell.html", "HTML", dict(NATIONAL, type="text/html", status=200)),
    ("dvcqg_v1/transparency_month_nulls.json", "stored", portal(".data.evaluation[]", dict(metric("PUBLISH_ON_TIME"),
                                                                                        score=METRIC % ("PUBLISH_ON_TIME", "score")))),
    ("dvcqg_v1/transparency_year.json", "stored", portal(".data.evaluation[]", dict(metric("DOSSIER_SYNC")))),
    ("edoc/document_stat.json", "stored", json_(".", None, {"total": ".total"}, day=(".dateTime", "dd/MM/yyyy HH:mm:ss"))),
    ("edoc/hub_documentin_page.json", "stored", json_(".items[]", None, {}, count="documents")),
    ("edoc/hub_documentin_statistic.json", "stored", json_(".", None, {"all": ".tong", "late": ".quaHan"})),
    ("edoc/stat_detail.json", "stored", json_(".[]", ".organDomain", {"sent": ".sent", "received": ".received"})),
    ("edoc/statistic_chart.json", "stored", json_(".", None, {"march": ".sent[2]", "december": ".sent[11]"})),
    ("edoc/statistic_detail_empty_200.json", NO_LIST, json_(".[]", ".organDomain", {"sent": ".sent"})),
    ("edoc/statistic_detail_v1.json", "stored", json_(".[]", ".organDomain", {"sent": SENT, "signed": ".signed"})),
    ("edoc/statistic_detail_v2.json", "stored", json_(".[]", ".organDomain", {"sent": SENT, "signed": ".signed",
                                                                              "unsigned": ".notSigned"}, dead=("signed", "unsigned", "sent"))),
    ("emc/tracking_mcdt_request.json", "has no code where \"OK\" is required", json_(".", None, {"x": ".x"}, OK, ENVELOPE)),
    ("lgsp/dmdc_category.json", "stored", json_(".[]", ".MaDinhDanhCap1", {}, count="rows", day=(".NgayBanHanhQd", "dd/MM/yyyy"))),
    ("lgsp/dmdc_insert_error_invalid.json", "invalid char in json text", json_(".", None, {"n": ".Count"})),
    ("lgsp/dmdc_insert_ok.json", "stored", json_(".", None, {"n": ".Count"}, {"msg": "Done"}, {"msg": ".MSG"})),
    ("lgsp/dmdc_metadata.json", "stored", json_(".[]", None, {}, count="columns")),
    ("lgsp/fault_900900.xml", "HTTP 403", xml("/rows/row", {"x": "x"}, status=403)),
    ("lgsp/fault_900901.json", "HTTP 401", json_(".[]", None, {"x": ".x"}, None, FAULT, 401)),
    ("lgsp/fault_900901_flat.json", "HTTP 401", json_(".[]", None, {"x": ".x"}, None, ENVELOPE, 401)),
    ("lgsp/hcm_envelope_error_200.json", "where \"200\" is required", json_(".ResultObject", None, {"x": ".x"}, {"code": "200"},
                                                                          {"code": ".StatusCode", "message": ".Description"})),
    ("lgsp/hcm_envelope_ok.json", "stored", json_(".ResultObject", None, {}, {"code": "200"}, {"code": ".StatusCode"}, count="found")),
    ("lgsp/lgsp_data_error_200.json", "where \"0\" is required", json_(".result[]", None, {"x": ".x"}, {"code": "0"},
                                                                      {"code": ".error_code", "message": ".message"})),
    ("lgsp/lgspaccesstoken_decoded.json", "has no code where \"OK\" is required", json_(".", None, {"x": ".x"}, OK, ENVELOPE)),
    ("lgsp/lgspaccesstoken_header.txt", "invalid char in json text", text("application/json")),
    ("lgsp/token_invalid_client_401.json", "HTTP 401", json_(".", None, {"x": ".x"}, None, {"message": ".error_description"}, 401)),
    ("lgsp/token_ok.json", "stored", json_(".", None, {"lifetime": ".expires_in"})),
    ("onestop/igate_agency_page.json", "stored", json_(".content[]", ".code", {}, count="listed")),
    ("onestop/igate_digitization.json", "stored", json_(".[]", ".agency.code", {"done": ".totalCompleteHavingFile", "all": ".totalComplete"})),
    ("onestop/igate_online_report.json", "stored", json_(".[]", ".agency_name", {"full": ".phatsinh_toanphan_quantity", "all": ".total"})),
    ("onestop/igate_statistic_agency.json", "stored", json_(".[]", ".agency.code // .agency.name", {"received": ".received", "online": ".receivedOnline"})),
    ("onestop/nkg_procedureprofiles_statistic.json", "stored", json_(".", None, {"all": ".tongSoHoSo", "online": ".hoSoTiepNhanTrucTuyen"})),
    ("onestop/opencps_error_406.json", "HTTP 406", json_(".data[]", None, {"x": ".x"}, None, {"message": ".faultMessage"}, 406)),
    ("onestop/opencps_statistics.json", "stored", json_(".data[]", ".govAgencyCode", {"received": ".receivedCount", "online": ".onlineCount"},
                                                        where=[{"field": "month", "above": "0"}], extra={"month": ".month"})),
    ("onestop/sgs_rate_bom.json", "stored", json_(".[]", None, {"rate": ".tyLeHoSoDungHan"}, number="percent", name=".stt",
                                                 words={"Không xác định": None})),
    ("onestop/tandan_766_tiendo.json", "stored", json_(".data[]", ".maDinhDanh", {"received": ".tongTiepNhan", "on_time": ".daXuLyDungHan"})),
    ("onestop/tandan_error_400.txt", "HTTP 400", text("text/plain; charset=utf-8", 400)),
    ("onestop/tandan_solieu_nested.json", "stored", json_(".data[]", None, {"received": ".soLieu | fromjson | .tongTiepNhan"})),
    ("onestop/tandan_tyle_comma.json", "stored", json_(".data", ".tenDonVi", {"rate": ".tyLeXuLyDungHan"}, number="vi")),
    ("portal/emc_empty_siteid_commented.html", "stored", html({"tracked": "boolean(//script[contains(., 'setSiteId')])"})),
    ("portal/emc_tracked_page.html", "stored", html({"tracked": "boolean(//script[contains(., 'setSiteId')])"})),
    ("portal/login_page.html", "there is no //main", html({"tracked": "boolean(//script)"}, '//main[@id="cong-khai"]')),
    ("report/hub_report_page.json", "stored", json_(".items[]", ".departmentHandle", {}, count="reports")),
    ("report/hub_report_statistic.json", "stored", json_(".", None, {"all": ".tong", "late": ".quaHan"})),
    ("vxp/agencies.json", "stored", json_(".data[]", ".code", {}, GOOD, VXP, count="listed")),
    ("vxp/count_fail.json", "where \"OK\" is required", json_(".", None, {"count": ".count"}, GOOD, VXP)),
    ("vxp/count_ok.json", "stored", json_(".", None, {"count": ".count"}, GOOD, VXP)),
    ("vxp/edxml_document.xml", "stored", xml("//e:MessageHeader", {"number": "e:Code/e:CodeNumber"}, "e:From/e:OrganId")),
    ("vxp/edxml_document_illformed.xml", "prefix xlink", xml("//e:MessageHeader", {"number": "e:Code/e:CodeNumber"}, "e:From/e:OrganId")),
    ("vxp/edxml_status.xml", "stored", xml("//e:Status", {"status": "e:StatusCode"})),
    ("vxp/received_list.json", "stored", json_(".data[]", ".from", {}, GOOD, VXP, count="received", day=(".created_time", "dd/MM/yyyy HH:mm:ss"))),
    ("vxp/request_headers.json", "has no status where \"OK\" is required", json_(".", None, {"count": ".count"}, GOOD, VXP)),
    ("vxp/send_ok.json", "stored", json_(".", None, {"document": ".DocId"}, GOOD, VXP)),
    ("vxp/sent_list.json", "stored", json_(".data[]", ".toCode", {}, GOOD, VXP, count="sent", day=(".sentTime", "dd/MM/yyyy HH:mm:ss"))),
    ("vxp/sync_units.json", "stored", json_(".data[]", ".code", {}, GOOD, VXP, count="listed",
                                            where=[{"field": "deleted", "is": "false"}], extra={"deleted": ".deleted"})),
]
