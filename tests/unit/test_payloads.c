/* The table of payloads: every body that a source is known to send is read to these records, or refused with
 * these words. */

#include <dirent.h>
#include <stdlib.h>

#include "format_case.h"

#define CAPTURE                                                                                              \
        "kind: json\nrecords: '.data.evaluation[]'\nfields: {id: .departmentCode, t: .totalScore, ckmb: "    \
        ".groupScores.CKMB}\nenvelope: {code: .code}\n"

typedef struct PayloadRow {
        const char *file, *yaml;
        unsigned n;          /* records */
        const char *records; /* these lines are among them; where there are few, they are all */
        const char *outcome; /* the last line: the outcome, its words, the envelope */
} PayloadRow;

static const PayloadRow rows[] = {
        { "captures/service-results-national/2026-09-17.json", CAPTURE, 34, "'H32' 52.48 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-09-26.json", CAPTURE, 34, "'H32' 52.77 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-09-27.json", CAPTURE, 34, "'H32' 52.75 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-10-02.json", CAPTURE, 34, "'H32' 52.74 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-10-04.json", CAPTURE, 34, "'H32' 53.09 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-10-05.json", CAPTURE, 34, "'H32' 53.22 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-10-07.json", CAPTURE, 34, "'H32' 53.2 6\n", "end | 'OK'" },
        { "captures/service-results-national/2026-10-09.json", CAPTURE, 34, "'H32' 61.45 14\n",
                        "end | 'OK'" },
        { "captures/service-results-national/2026-10-10.json", CAPTURE, 34, "'H32' 61.66 14\n",
                        "end | 'OK'" },
        { "ckan/datastore_search.json",
                        "kind: json\nrecords: '.result.records[]'\nfields: {id: ._id, ms: '.\"Ma so doanh "
                        "nghiep/Ma so don vi phu thuoc\"', von: '.\"Von dieu le\"', lat: "
                        ".Latitude}\nenvelope: {success: .success, total: .result.total, next: "
                        ".result._links.next}\n",
                        1, "1 '4201999999' '10.000.000.000' 109.19\n",
                        "end | true 1429 '/api/3/action/datastore_search?resource_id=x&offset=1000'" },
        { "ckan/error_200_authorization.json",
                        "kind: json\nrecords: '.result.results[]'\nfields: {name: .name}\nenvelope: "
                        "{success: .success, type: .error.__type, message: .error.message}\n",
                        0, "",
                        "SHAPE there is no .result.results[] in the document | false 'Authorization Error' "
                        "'Access denied'" },
        { "ckan/error_400_unknown_action.json",
                        "kind: json\nrecords: '.result.results[]'\nfields: {name: .name}\nenvelope: "
                        "{success: .success}\n",
                        0, "", "SHAPE the document is a text where an object was expected | -" },
        { "ckan/error_404.json",
                        "kind: json\nrecords: '.result[]'\nfields: {x: .}\nenvelope: {success: .success, "
                        "message: .error.message}\n",
                        0, "", "SHAPE there is no .result[] in the document | false 'Not found'" },
        { "ckan/error_409_validation.json",
                        "kind: json\nrecords: '.result.results[]'\nfields: {name: .name}\nenvelope: "
                        "{success: .success, type: .error.__type, message: .error.message, rows: "
                        "'.error.rows[0]'}\n",
                        0, "",
                        "SHAPE there is no .result.results[] in the document | false 'Validation Error' - "
                        "'Invalid integer'" },
        { "ckan/legacy_success_int.json",
                        "kind: json\nrecords: '.result[]'\nfields: {name: .name, n: "
                        ".package_count}\nenvelope: {success: .success}\n",
                        1, "'to-chuc-thu' 32\n", "end | 1" },
        { "ckan/organization_list_all_fields.json",
                        "kind: json\nrecords: '.result[]'\nfields: {name: .name, n: .package_count, created: "
                        ".created}\nenvelope: {success: .success}\n",
                        1, "'so-khoa-hoc-va-cong-nghe' 41 '2025-07-18T04:19:52.146441'\n", "end | true" },
        { "ckan/organization_list_names.json",
                        "kind: json\nrecords: '.result[]'\nfields: {name: .}\nenvelope: {success: "
                        ".success}\n",
                        2, "'so-khoa-hoc-va-cong-nghe'\n'so-tai-chinh'\n", "end | true" },
        { "ckan/package_search.json",
                        "kind: json\nrecords: '.result.results[]'\nfields: {org: .organization.name, n: "
                        ".num_resources, url: .url, modified: .metadata_modified}\nenvelope: {success: "
                        ".success, count: .result.count}\n",
                        1, "'so-khoa-hoc-va-cong-nghe' 1 null '2026-06-30T03:12:01.827555'\n",
                        "end | true 128" },
        { "ckan/package_search_empty_page.json",
                        "kind: json\nrecords: '.result.results[]'\nfields: {org: "
                        ".organization.name}\nenvelope: {success: .success, count: .result.count}\n",
                        0, "", "end | true 128" },
        { "ckan/package_show.json",
                        "kind: json\nrecords: '.result.resources[]'\nfields: {format: .format, size: .size, "
                        "org: .package_id}\nenvelope: {success: .success, name: .result.name}\n",
                        1, "'XLSX' 141312 '3de28adb-0000-4000-8000-000000000003'\n",
                        "end | true 'danh-sach-doanh-nghiep-thanh-lap-moi-t6-2026'" },
        { "ckan/status_show.json",
                        "kind: json\nrecords: '.'\nfields: {version: .result.ckan_version, dcat: "
                        "'.result.extensions|index(\"dcat\") != null'}\nenvelope: {success: .success}\n",
                        1, "'2.10.4' true\n", "end | true" },
        { "dvcqg_legacy/766_provinces.json",
                        "kind: json\nrecords: '.[]'\nfields: {code: .MA_COQUAN, total: .TONG_SCORE}\n", 5,
                        "'H05' '91.7'\n'H19' '90.53'\n'H01' '87.86'\n'000.00.00.H37' '83.6'\n'H32' '80.92'\n",
                        "end" },
        { "dvcqg_legacy/766_subunits.json",
                        "kind: json\nrecords: '.[]'\nfields: {code: .MA_COQUAN, total: .TONG_SCORE}\n", 4,
                        "'H01.13' '93.75'\n'H01.187' '93.21'\n'H01.04' '92.95'\n'H01.07' '88'\n", "end" },
        { "dvcqg_legacy/agency_list.json", "kind: json\nrecords: '.[]'\nfields: {code: .CODE, name: .NAME}\n",
                        5,
                        "'H01' 'UBND tỉnh An Giang'\n'H32' 'UBND tỉnh Khánh Hòa'\n'G99' 'Văn phòng Chính "
                        "phủ'\n'G22' 'Văn phòng Chính phủ'\n'000.00.00.G01' 'Bộ Khoa học  và  Công nghệ'\n",
                        "end" },
        { "dvcqg_legacy/chiso.json", "kind: json\nrecords: '.[]'\nfields: {code: .CODE, score: .SCORE}\n", 2,
                        "'CKMB' '14.13'\n'TDGQ' '17.76'\n", "end" },
        { "dvcqg_legacy/decisions_paged.json",
                        "kind: json\nrecords: '.[]'\nfields: {code: .CODE, date: "
                        ".PUBLISHING_DATE}\nenvelope: {total: '.[0].AMOUNT'}\n",
                        2, "'2451/QĐ-UBND' '09-12-2025'\n'2398/QĐ-UBND' '02-12-2025'\n", "end | '2'" },
        { "dvcqg_legacy/fts_solr.json",
                        "kind: json\nrecords: '.response.docs[]'\nfields: {id: .id}\nenvelope: {n: "
                        ".response.numFound}\n",
                        1, "'1.015045'\n", "end | 1" },
        { "dvcqg_legacy/month_sum.json",
                        "kind: json\nrecords: '.[]'\nfields: {all: .HS_TOTAL, chuan: "
                        ".HTN_TRUCTUYEN_KHONGCHUAN_TOTAL, rate: .TILE}\n",
                        1, "'48211' null '91.2'\n", "end" },
        { "dvcqg_legacy/request_766.form.txt", "kind: json\nrecords: '.[]'\nfields: {a: .a}\n", 0, "",
                        "SYNTAX line 1, byte 1: lexical error: invalid char in json text.; behind \"p\"" },
        { "dvcqg_legacy/trend_unsorted.json",
                        "kind: json\nrecords: '.[]'\nfields: {month: .MONTH, score: .TB_SCORE}\n", 4,
                        "'3' '79.1'\n'1' '77.42'\n'10' '83.01'\n'2' '78'\n", "end" },
        { "dvcqg_legacy/units_dropdown.json", "kind: json\nrecords: '.[]'\nfields: {id: .ID}\n", 2,
                        "'-1'\n'415140'\n", "end" },
        { "dvcqg_sync/laythutuc_ok.json",
                        "kind: json\nrecords: '.result[]'\nfields: {name: .TENTTHC, field: "
                        "'.LINHVUCTHUCHIEN[0].MALINHVUC'}\nenvelope: {code: .error_code}\n",
                        1, "'Xác nhận bảng kê lâm sản' 'G10-LN'\n", "end | '00'" },
        { "dvcqg_sync/login_fail.json",
                        "kind: json\nrecords: '.result[]'\nfields: {a: .a}\nenvelope: {code: .error_code, "
                        "session: .session, message: .message}\n",
                        0, "",
                        "SHAPE there is no .result[] in the document | -1 null 'Sai thông tin đăng nhập'" },
        { "dvcqg_sync/login_ok.json",
                        "kind: json\nrecords: '.'\nfields: {a: .error_code}\nenvelope: {code: .error_code, "
                        "session: .session}\n",
                        1, "0\n", "end | 0 'f2b9c1d0-0000-4000-8000-000000000001'" },
        { "dvcqg_sync/login_request.json", "kind: json\nrecords: '.'\nfields: {a: .username}\n", 1,
                        "'REDACTED'\n", "end" },
        { "dvcqg_sync/sync_error.json",
                        "kind: json\nrecords: '.result[]'\nfields: {a: .a}\nenvelope: {code: .error_code, "
                        "message: .message}\n",
                        0, "",
                        "SHAPE .result is null where a list was expected | '-1' 'Phiên làm việc không hợp "
                        "lệ'" },
        { "dvcqg_sync/sync_ok.json",
                        "kind: json\nrecords: '.result[]'\nfields: {a: .a}\nenvelope: {code: .error_code}\n",
                        0, "", "end | '00'" },
        { "dvcqg_sync/sync_request.json",
                        "kind: json\nrecords: '.data[]'\nfields: {code: .MaHoSo, received: .NgayTiepNhan, "
                        "done: .NgayKetThucXuLy, fee: '.DanhSachLePhi|map(.Gia|tonumber)|add'}\n",
                        1, "'H32.12-261124-0007' '20261124080000' '' 15000\n", "end" },
        { "dvcqg_v1/dossier_digitized_year.json",
                        "kind: json\nrecords: '.data.evaluation[].metrics[]'\nfields: {unit: "
                        "^.departmentCode, code: .code, n: .numerator, d: .denominator, q: "
                        ".dataQualityStatus}\nenvelope: {code: .code, message: .message}\n",
                        7,
                        "'H44.01' 'ORIGINAL_RESULT_AVAILABLE' 7 161 -\n'H44.01' 'SO_HOA_GIAY_TO_GIAI_QUYET' "
                        "7 161 -\n'H44.01' 'REUSED_DIGITIZED_DATA' 0 161 -\n'H44.01' "
                        "'SYNCED_WITH_DVCQG_PERSONAL_STORAGE' 0 161 -\n'H44.01' "
                        "'CITIZEN_DATA_CONNECTED_DOSSIER' 161 161 -\n'H44.01' "
                        "'CITIZEN_DATA_CONNECTED_FORMALITY' 0 3 -\n'H44.01' 'ELECTRONIC_CERTIFIED_COPY' null "
                        "null -\n",
                        "end | 'OK' 'OK'" },
        { "dvcqg_v1/dvc_progress_tree_year.json",
                        "kind: json\nrecords: '.data.children[]'\nfields: {unit: .departmentCode, all: "
                        ".totalReceived, late: .totalOverdue}\nenvelope: {code: .code, message: .message, n: "
                        ".data.parent.totalReceived}\n",
                        5,
                        "'H44.01' 161 5\n'H44.07' 2270 618\n'H44.100' 8253 885\n'H44.13' 5 2\n'H44.130' 1595 "
                        "54\n",
                        "end | 'OK' 'OK' 597918" },
        { "dvcqg_v1/error_envelope.json",
                        "kind: json\nrecords: '.data.evaluation[]'\nfields: {a: .a}\nenvelope: {code: .code, "
                        "message: .message}\n",
                        0, "",
                        "SHAPE .data is null where an object was expected | 'INTERNAL_ERROR' 'Hệ thống đang "
                        "bận, vui lòng thử lại sau'" },
        { "dvcqg_v1/formalities_page.json",
                        "kind: json\nrecords: '.data.items[]'\nfields: {code: .code, state: .state, n: "
                        ".appliedDepartmentIds|length}\nenvelope: {total: .data.pagination.total}\n",
                        2, "'1.000045' 'UPDATED' 2\n'1.000026' 'INACTIVE' 0\n", "end | 5741" },
        { "dvcqg_v1/formality_online_payment_tree_year.json",
                        "kind: json\nrecords: '.data.children[]'\nfields: {unit: .departmentCode, paid: "
                        ".totalDossierOnlinePaymentSuccess, due: "
                        ".totalDossierFinancialObligation}\nenvelope: {code: .code, message: .message}\n",
                        3, "'H44.01' 0 0\n'H44.07' 118 118\n'H44.100' 4015 4920\n", "end | 'OK' 'OK'" },
        { "dvcqg_v1/handling_satisfaction_year.json",
                        "kind: json\nrecords: '.data.evaluation[].metrics[]'\nfields: {unit: ^.departmentId, "
                        "code: .code, n: .numerator, d: .denominator, r: .ratio, s: .score}\nenvelope: "
                        "{code: .code, message: .message}\n",
                        10,
                        "'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PETITION_CLASSIFICATION_TTHC' 0 0 0 "
                        "null\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'DOSSIER_RECEIVING_SATISFACTION' 156 "
                        "161 96.89 6\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PETITION_PROCESSING_ON_TIME' 0 "
                        "0 0 6\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PETITION_HANDLING_SATISFACTION' 0 0 "
                        "0 6\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PETITION_CLASSIFICATION_STAFF' 0 0 0 "
                        "null\n'019d2be3-6a88-732b-8b17-c5ff38a85634' 'PETITION_CLASSIFICATION_TTHC' 2 4 50 "
                        "null\n'019d2be3-6a88-732b-8b17-c5ff38a85634' 'DOSSIER_RECEIVING_SATISFACTION' 755 "
                        "1120 67.41 4.49\n'019d2be3-6a88-732b-8b17-c5ff38a85634' "
                        "'PETITION_PROCESSING_ON_TIME' 0 4 0 0\n'019d2be3-6a88-732b-8b17-c5ff38a85634' "
                        "'PETITION_HANDLING_SATISFACTION' 0 4 0 0\n'019d2be3-6a88-732b-8b17-c5ff38a85634' "
                        "'PETITION_CLASSIFICATION_STAFF' 2 4 50 null\n",
                        "end | 'OK' 'OK'" },
        { "dvcqg_v1/provide_online_tree_year.json",
                        "kind: json\nrecords: '.data.monthlyChart[]'\nfields: {month: .label, pct: "
                        ".onlineDossierPct}\nenvelope: {online: .data.parent.channelOnlineSum}\n",
                        12,
                        "'01' 0.05\n'02' 0.05\n'03' 0.11\n'04' 1.27\n'05' 3.24\n'06' 17.09\n'07' 15.18\n'08' "
                        "18.84\n'09' 17.89\n'10' 0\n'11' 0\n'12' 0\n",
                        "end | 589496" },
        { "dvcqg_v1/province_roots.json",
                        "kind: json\nrecords: '.[]'\nfields: {code: .departmentCode, id: .departmentId}\n",
                        34, "'H32' '019d2be3-6a88-732b-8b0b-eac587d5c164'\n", "end" },
        { "dvcqg_v1/request_rejected.html", "kind: json\nrecords: '.data[]'\nfields: {a: .a}\n", 0, "",
                        "SYNTAX the body begins with \"<\": a web page or XML, not JSON" },
        { "dvcqg_v1/requests.json",
                        "kind: json\nrecords: '.'\nfields: {type: "
                        ".service_results_national_year.body.timeType}\n",
                        1, "'year'\n", "end" },
        { "dvcqg_v1/service_results_month_sparse.json",
                        "kind: json\nrecords: '.data.evaluation[]'\nfields: {unit: .departmentCode, t: "
                        ".totalScore, g: .groupScores}\nenvelope: {provision: "
                        ".data.donuts.onlineProvision}\n",
                        4, "'H21.217' 60.25 -\n'H21.05' 60 -\n'H21.13' 16 -\n'H21.109' 16 -\n",
                        "end | null" },
        { "dvcqg_v1/service_results_national.json",
                        "kind: json\nrecords: '.data.evaluation[]'\nfields: {unit: .departmentCode, t: "
                        ".totalScore, mdsh: .groupScores.MDSH}\nenvelope: {code: .code}\n",
                        5,
                        "'H20' 68.32 9.65\n'H49' 65.65 9.53\n'H15' 63.98 8.8\n'H26' 52.96 7.77\n'H32' 52.48 "
                        "9.23\n",
                        "end | 'OK'" },
        { "dvcqg_v1/service_results_national_20261010.json",
                        "kind: json\nrecords: '.data.evaluation[]'\nfields: {unit: .departmentCode, name: "
                        ".departmentName, t: .totalScore}\nenvelope: {code: .code}\n",
                        4,
                        "'H20' 'UBND tỉnh Đồng Tháp' 68.8\n'H49' 'UBND thành phố Quảng Ninh' 65.91\n'H32' "
                        "'UBND tỉnh Khánh Hòa' 61.66\n'H05' 'UBND thành phố Bắc Ninh' 59.62\n",
                        "end | 'OK'" },
        { "dvcqg_v1/service_results_province.json",
                        "kind: json\nrecords: '.data.evaluation[]'\nfields: {unit: .departmentCode, group: "
                        ".childGroup, t: .totalScore, d: .scoreDelta}\nenvelope: {code: .code}\n",
                        5,
                        "'H01.189' 'COMMUNE' 70.99 null\n'H01.15' 'AGENCY' 69.91 null\n'H01.04' 'AGENCY' "
                        "69.84 null\n'H01.200' 'COMMUNE' 68.56 null\n'H01.109' 'COMMUNE' 66.04 null\n",
                        "end | 'OK'" },
        { "dvcqg_v1/spa_shell.html",
                        "kind: html\nrecords: //main\nfields: {a: a}\nenvelope: {title: //title, root: "
                        "'boolean(//div[@id=\"root\"])'}\n",
                        0, "", "SHAPE there is no //main on the page | 'Cổng Dịch vụ công quốc gia' true" },
        { "dvcqg_v1/transparency_month_nulls.json",
                        "kind: json\nrecords: '.data.evaluation[].metrics[]'\nfields: {unit: ^.departmentId, "
                        "code: .code, n: .numerator, d: .denominator, s: .score}\nenvelope: {code: .code, "
                        "message: .message}\n",
                        8,
                        "'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PUBLISH_ON_TIME' 0 0 "
                        "null\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PUBLIC_UPDATE_ON_TIME' 0 0 "
                        "null\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PUBLIC_CONTENT_FULL' 87 89 "
                        "1.96\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'DOSSIER_SYNC' 0 0 "
                        "null\n'019d2be3-6ab4-74ce-8a81-1708de733a98' 'PUBLISH_ON_TIME' 0 0 "
                        "null\n'019d2be3-6ab4-74ce-8a81-1708de733a98' 'PUBLIC_UPDATE_ON_TIME' 0 0 "
                        "null\n'019d2be3-6ab4-74ce-8a81-1708de733a98' 'PUBLIC_CONTENT_FULL' 87 89 "
                        "1.96\n'019d2be3-6ab4-74ce-8a81-1708de733a98' 'DOSSIER_SYNC' 2247 2247 6\n",
                        "end | 'OK' 'OK'" },
        { "dvcqg_v1/transparency_year.json",
                        "kind: json\nrecords: '.data.evaluation[].metrics[]'\nfields: {unit: ^.departmentId, "
                        "code: .code, n: .numerator, d: .denominator, q: .dataQualityStatus}\nenvelope: "
                        "{total: .data.pagination.total}\n",
                        8,
                        "'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PUBLISH_ON_TIME' 0 89 "
                        "-\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PUBLIC_UPDATE_ON_TIME' 0 70 "
                        "-\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'PUBLIC_CONTENT_FULL' 87 89 "
                        "-\n'019d2be3-6a88-732b-8b17-bb1e9a3f14ab' 'DOSSIER_SYNC' 96 96 "
                        "'TEMP_NATIONAL_REPORT_DENOMINATOR'\n'019d2be3-6ab4-74ce-8a81-1708de733a98' "
                        "'PUBLISH_ON_TIME' 0 89 -\n'019d2be3-6ab4-74ce-8a81-1708de733a98' "
                        "'PUBLIC_UPDATE_ON_TIME' 0 70 -\n'019d2be3-6ab4-74ce-8a81-1708de733a98' "
                        "'PUBLIC_CONTENT_FULL' 87 89 -\n'019d2be3-6ab4-74ce-8a81-1708de733a98' "
                        "'DOSSIER_SYNC' 6670 6670 'TEMP_NATIONAL_REPORT_DENOMINATOR'\n",
                        "end | 163" },
        { "edoc/document_stat.json", "kind: json\nrecords: '.'\nfields: {total: .total, at: .dateTime}\n", 1,
                        "128800 '24/11/2026 08:00:00'\n", "end" },
        { "edoc/hub_documentin_page.json",
                        "kind: json\nrecords: '.items[]'\nfields: {id: .id, done: .dateDone, approved: "
                        ".approved, level: .level}\nenvelope: {total: .totalRecords, statistic: "
                        ".statistic}\n",
                        1, "101 null true 'Thường'\n", "end | 1500 null" },
        { "edoc/hub_documentin_statistic.json",
                        "kind: json\nrecords: '.'\nfields: {all: .tong, late: .quaHan}\n", 1, "1500 100\n",
                        "end" },
        { "edoc/stat_detail.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .organDomain, sent: .sent, at: "
                        ".lastUpdate, children: .childOrgan}\n",
                        2, "'000.00.00.H32' 1203 1795482930000 null\n'H32.05' 88 null []\n", "end" },
        { "edoc/statistic_chart.json", "kind: json\nrecords: '.sent[]'\nfields: {n: .}\n", 12,
                        "90\n70\n101\n99\n87\n110\n95\n102\n97\n88\n60\n0\n", "end" },
        { "edoc/statistic_detail_empty_200.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .organDomain}\n", 0, "",
                        "SHAPE the document is null where a list was expected" },
        { "edoc/statistic_detail_v1.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .organDomain, signed: .signed, unsigned: "
                        ".not_signed // .notSigned}\n",
                        1, "'H32.05' 85 3\n", "end" },
        { "edoc/statistic_detail_v2.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .organDomain, signed: .signed, unsigned: "
                        ".not_signed // .notSigned}\n",
                        1, "'H32.05' 0 0\n", "end" },
        { "emc/tracking_mcdt_request.json",
                        "kind: json\nrecords: '.'\nfields: {site: .SiteId, user: .User|fromjson|.ID_local}\n",
                        1, "205 'u1'\n", "end" },
        { "lgsp/dmdc_category.json",
                        "kind: json\nrecords: '.[]'\nfields: {code: .MaDinhDanhCap1, address: .DiaChi, date: "
                        ".NgayBanHanhQd}\n",
                        1, "'000.00.00.H30' null '16/08/2018'\n", "end" },
        { "lgsp/dmdc_insert_error_invalid.json", "kind: json\nrecords: '.'\nfields: {n: .Count}\n", 0, "",
                        "SYNTAX line 1, byte 33: lexical error: invalid char in json text.; behind "
                        "\"\"MSG\":\"Data not insert: value \"a\"" },
        { "lgsp/dmdc_insert_ok.json", "kind: json\nrecords: '.'\nfields: {n: .Count}\n", 1, "1\n", "end" },
        { "lgsp/dmdc_metadata.json",
                        "kind: json\nrecords: '.[]'\nfields: {code: .PropertyCode, type: .PropertyType}\n", 2,
                        "'MaDinhDanhCap1' 'String'\n'NgayBanHanhQd' 'DateTime'\n", "end" },
        { "lgsp/fault_900900.xml",
                        "kind: xml\nnamespaces: {ams: 'http://wso2.org/apimanager/security'}\nfields: {code: "
                        "ams:code, message: ams:message}\n",
                        1, "'900900' 'Unclassified Authentication Failure'\n", "end" },
        { "lgsp/fault_900901.json",
                        "kind: json\nrecords: '.data[]'\nfields: {a: .a}\nenvelope: {code: .fault.code, "
                        "message: .fault.message}\n",
                        0, "", "SHAPE there is no .data[] in the document | 900901 'Invalid Credentials'" },
        { "lgsp/fault_900901_flat.json",
                        "kind: json\nrecords: '.data[]'\nfields: {a: .a}\nenvelope: {code: .code, message: "
                        ".message}\n",
                        0, "", "SHAPE there is no .data[] in the document | 900901 'Invalid Credentials'" },
        { "lgsp/hcm_envelope_error_200.json",
                        "kind: json\nrecords: '.ResultObject[]'\nfields: {a: .a}\nenvelope: {code: "
                        ".StatusCode, message: .Description}\n",
                        0, "",
                        "SHAPE .ResultObject is null where a list was expected | 404 'Không tìm thấy dữ "
                        "liệu'" },
        { "lgsp/hcm_envelope_ok.json",
                        "kind: json\nrecords: '.'\nfields: {name: .ResultObject.NAME}\nenvelope: {code: "
                        ".StatusCode, message: .Description}\n",
                        1, "'CÔNG TY TNHH VÍ DỤ'\n", "end | 200 null" },
        { "lgsp/lgsp_data_error_200.json",
                        "kind: json\nrecords: '.result[]'\nfields: {a: .a}\nenvelope: {code: .error_code, "
                        "message: .message}\n",
                        0, "",
                        "SHAPE .result is null where a list was expected | '-1' 'Token không hợp lệ'" },
        { "lgsp/lgspaccesstoken_decoded.json", "kind: json\nrecords: '.'\nfields: {partner: .PartnerCode}\n",
                        1, "'H32'\n", "end" },
        { "lgsp/lgspaccesstoken_header.txt", "kind: json\nrecords: '.'\nfields: {a: .a}\n", 0, "",
                        "SYNTAX line 1, byte 1: lexical error: invalid char in json text.; behind \"l\"" },
        { "lgsp/token_invalid_client_401.json",
                        "kind: json\nrecords: '.data[]'\nfields: {a: .a}\nenvelope: {error: .error, message: "
                        ".error_description}\n",
                        0, "",
                        "SHAPE there is no .data[] in the document | 'invalid_client' 'A valid OAuth client "
                        "could not be found for client_id: invalid_client_id'" },
        { "lgsp/token_ok.json",
                        "kind: json\nrecords: '.'\nfields: {type: .token_type, seconds: .expires_in}\n", 1,
                        "'Bearer' 3600\n", "end" },
        { "onestop/igate_agency_page.json",
                        "kind: json\nrecords: '.content[]'\nfields: {code: .code, name: .name}\nenvelope: "
                        "{total: .totalElements, last: .last}\n",
                        1, "'H32.05' 'Sở Công Thương'\n", "end | 1 true" },
        { "onestop/igate_digitization.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .agency.code, n: "
                        ".totalReceiverHavingFile, d: .totalReceiver}\n",
                        1, "'H32.05' 405 412\n", "end" },
        { "onestop/igate_online_report.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .agency_name, paid: "
                        ".onlinepaid_quantity}\n",
                        1, "'Sở Công Thương' 210\n", "end" },
        { "onestop/igate_statistic_agency.json",
                        "kind: json\nrecords: '.[]'\nfields: {unit: .agency.code, name: .agency.name, n: "
                        ".received}\n",
                        2, "'H32.05' 'Sở Công Thương' 412\nnull 'UBND xã Vĩnh Hải' 0\n", "end" },
        { "onestop/nkg_procedureprofiles_statistic.json",
                        "kind: json\nrecords: '.'\nfields: {all: .tongSoHoSo, online: "
                        ".hoSoTiepNhanTrucTuyen}\n",
                        1, "1200 1100\n", "end" },
        { "onestop/opencps_error_406.json",
                        "kind: json\nrecords: '.data[]'\nfields: {a: .a}\nenvelope: {code: .faultCode, "
                        "message: .faultMessage}\n",
                        0, "", "SHAPE there is no .data[] in the document | '404' 'Not found'" },
        { "onestop/opencps_statistics.json",
                        "kind: json\nrecords: '.data[]'\nfields: {unit: .govAgencyCode, domain: .domainCode, "
                        "received: .receivedCount, month: '(.year|tostring) + \"-\" + "
                        "(.month|tostring)'}\nenvelope: {total: .total}\n",
                        2, "'H32.05' '' 412 '2026-10'\n'H32.99' '' 0 '0-0'\n", "end | 2" },
        { "onestop/sgs_rate_bom.json",
                        "kind: json\nrecords: '.[]'\nfields: {n: .tongCong, rate: .tyLeHoSoDungHan}\n", 3,
                        "5 '\xEF\xBB\xBF"
                        "Không xác định'\n10 '0%'\n15 '0%'\n",
                        "end" },
        { "onestop/tandan_766_tiendo.json",
                        "kind: json\nrecords: '.data[]'\nfields: {unit: .maDinhDanh, all: .tongSo}\n", 1,
                        "'H56.05' 520\n", "end" },
        { "onestop/tandan_error_400.txt", "kind: json\nrecords: '.data[]'\nfields: {a: .a}\n", 0, "",
                        "SYNTAX line 1, byte 1: lexical error: invalid char in json text.; behind \"M\"" },
        { "onestop/tandan_solieu_nested.json",
                        "kind: json\nrecords: '.data[]'\nfields: {ky: .kyBaoCao, all: "
                        ".soLieu|fromjson|.tongTiepNhan}\nenvelope: {pages: .totalPages, more: "
                        ".hasNextPage}\n",
                        1, "'T10/2026' 412\n", "end | 1 false" },
        { "onestop/tandan_tyle_comma.json",
                        "kind: json\nrecords: '.'\nfields: {rate: .data.tyLeXuLyDungHan, unit: "
                        ".data.tenDonVi}\nenvelope: {ok: .succeeded}\n",
                        1, "'99,5' 'Sở Công Thương'\n", "end | true" },
        { "portal/emc_empty_siteid_commented.html",
                        "kind: html\nfields: {emc: \"boolean(//script[contains(., 'setTrackerUrl')])\", "
                        "title: //title}\n",
                        1, "false 'Trang mẫu'\n", "end" },
        { "portal/emc_tracked_page.html",
                        "kind: html\nfields: {emc: \"boolean(//script[contains(., 'setTrackerUrl')])\", "
                        "title: //title}\n",
                        1, "true 'Cổng thông tin điện tử'\n", "end" },
        { "portal/login_page.html",
                        "kind: html\nrecords: //main[@id=\"cong-khai\"]\nfields: {a: h2}\nenvelope: {title: "
                        "//title, login: \"boolean(//input[@type='password'])\"}\n",
                        0, "", "SHAPE there is no //main[@id=\"cong-khai\"] on the page | 'Đăng nhập' true" },
        { "report/hub_report_page.json",
                        "kind: json\nrecords: '.items[]'\nfields: {unit: .departmentHandle, status: .status, "
                        "state: .state, level: .level}\nenvelope: {total: .totalRecords}\n",
                        1, "'Sở Tài chính' 'Đã tiếp nhận' 'Chưa đến hạn' 'Thường'\n", "end | 64" },
        { "report/hub_report_statistic.json",
                        "kind: json\nrecords: '.'\nfields: {due: .tong - .chuaDenHan, sent: .daTiepNhan, "
                        "late: .quaHan - (.daGiao - .chuaDenHan)}\n",
                        1, "54 60 -44\n", "end" },
        { "vxp/agencies.json",
                        "kind: json\nrecords: '.data[]'\nfields: {code: .code, old: .code102}\nenvelope: "
                        "{status: .status, code: .ErrorCode}\n",
                        2, "'000.00.00.H32' '000.00.00.H32'\n'H32.05' -\n", "end | 'OK' '0'" },
        { "vxp/count_fail.json",
                        "kind: json\nrecords: '.'\nfields: {n: .count}\nenvelope: {status: .status, code: "
                        ".ErrorCode, message: .ErrorDesc}\n",
                        1, "-\n", "end | 'FAIL' '-1' 'Signature invalid'" },
        { "vxp/count_ok.json",
                        "kind: json\nrecords: '.'\nfields: {n: .count}\nenvelope: {status: .status, code: "
                        ".ErrorCode, message: .ErrorDesc}\n",
                        1, "37\n", "end | 'OK' '0' 'Success'" },
        { "vxp/edxml_document.xml",
                        "kind: xml\nrecords: //e:MessageHeader\nnamespaces: {e: "
                        "'http://www.mic.gov.vn/TBT/QCVN_102_2016'}\nfields: {from: e:From/e:OrganId, n_to: "
                        "count(e:To), date: e:PromulgationInfo/e:PromulgationDate, due: e:DueDate, notation: "
                        "e:Code/e:CodeNotation}\n",
                        1, "'000.00.00.H32' 2 '2026/11/24' '2026/12/01' 'UBND-VX'\n", "end" },
        { "vxp/edxml_document_illformed.xml",
                        "kind: xml\nrecords: //e:MessageHeader\nnamespaces: {e: "
                        "'http://www.mic.gov.vn/TBT/QCVN_102_2016'}\nfields: {from: e:From/e:OrganId, due: "
                        "e:DueDate}\n",
                        1, "'000.00.00.H32' '2014/02/30'\n",
                        "SYNTAX line 18: Namespace prefix xlink for href on Reference is not defined" },
        { "vxp/edxml_status.xml",
                        "kind: xml\nrecords: //e:Status\nnamespaces: {e: "
                        "'http://www.mic.gov.vn/TBT/QCVN_102_2016'}\nfields: {from: e:From/e:OrganId, code: "
                        "e:StatusCode, at: e:Timestamp}\n",
                        1, "'H32.05' '03' '2026/11/24 09:00:11'\n", "end" },
        { "vxp/received_list.json",
                        "kind: json\nrecords: '.data[]'\nfields: {id: .docId, type: .messageType, at: "
                        ".created_time, status: .status_desc}\nenvelope: {status: .status}\n",
                        2,
                        "'8841203' 'edoc' '24/11/2026 08:12:31' 'Chưa lấy'\n'8841210' 'status' '24/11/2026 "
                        "08:20:02' -\n",
                        "end | 'OK'" },
        { "vxp/request_headers.json", "kind: json\nrecords: '.'\nfields: {at: '.\"XroadVnpt-timestamp\"'}\n",
                        1, "'24112026T081530+0123'\n", "end" },
        { "vxp/send_ok.json", "kind: json\nrecords: '.'\nfields: {id: .DocId}\nenvelope: {status: .status}\n",
                        1, "'8841299'\n", "end | 'OK'" },
        { "vxp/sent_list.json",
                        "kind: json\nrecords: '.data[]'\nfields: {to: .toCode, status: .receiveStatus, at: "
                        ".sentTime}\nenvelope: {status: .status}\n",
                        1, "'H32.05' 'done' '24/11/2026 08:59:58'\n", "end | 'OK'" },
        { "vxp/sync_units.json",
                        "kind: json\nrecords: '.data[]'\nfields: {code: .code, deleted: .deleted, at: "
                        ".modifyDate}\nenvelope: {status: .status}\n",
                        2, "'H32.05' false '2026-07-01 00:00:00'\n'H43.05' true '2025-07-01 00:00:00'\n",
                        "end | 'OK'" },
};

static bool check_row(const PayloadRow *row) {
        _cleanup_(text_done) Text body = TEXT_INIT(1 << 22), got = TEXT_INIT(1 << 22);
        unsigned n = 0;
        FormatCase c;
        bool is_good;

        read_payload(row->file, &body);
        if (format_case_load(&c, row->yaml))
                decode_all_ways(&c, text_bytes(&body), true, &got);
        else
                format_case_findings(&c, &got);
        for (const char *p = text_str(&got); (p = strchr(p, '\n')); p++)
                n++;
        is_good = n == row->n && strstr(text_str(&got), row->records) &&
                  bytes_ends(text_bytes(&got), row->outcome);
        if (!is_good)
                print_error("%s: %u records\n--- want\n%s%s\n--- got\n%s\n", row->file, n, row->records,
                                row->outcome, text_str(&got));
        format_case_done(&c);
        return is_good;
}

/* The table above, however the bodies are cut into chunks. */
static void test_payloads(void **state) {
        bool is_good = true;

        (void) state;
        for (size_t i = 0; i < ELEMENTS(rows); i++)
                is_good &= check_row(&rows[i]);
        assert_true(is_good);
}

static size_t count_files(const char *folder) {
        struct dirent **entries;
        int n = scandir(folder, &entries, NULL, alphasort);
        size_t files = 0;

        assert_true(n >= 0);
        for (int i = 0; i < n; i++) {
                _cleanup_(text_done) Text path = TEXT_INIT(1000);
                const char *name = entries[i]->d_name;

                (void) text_printf(&path, "%s/%s", folder, name);
                if (entries[i]->d_type == DT_DIR && *name != '.')
                        files += count_files(text_str(&path));
                else if (entries[i]->d_type == DT_REG && strcmp(name, "README.md") != 0)
                        files++;
                free(entries[i]);
        }
        free(entries);
        return files;
}

/* No payload is left out of the table. */
static void test_complete(void **state) {
        (void) state;
        assert_int_equal(count_files("payloads"), ELEMENTS(rows));
}

int main(void) {
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_payloads),
                cmocka_unit_test(test_complete) };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
