PRAGMA application_id = 1147499371;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE deadlines (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "deadlines" VALUES('stop:G1/R1','{"key":"stop:G1/R1","duration_ns":2800000000,"armed_mono_ns":8633236672,"server":true,"anchor_ns":1767571211091827979}');
CREATE TABLE escalations (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    open INTEGER NOT NULL,
    raised_wall_ns INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "escalations" VALUES(1,'UNKNOWN_ORDER','CRITICAL','','UNACKNOWLEDGED',1,1767565205383540277,'{"number":1,"cause_key":"external:PHONE1","kind":"UNKNOWN_ORDER","severity":"CRITICAL","group_id":"","leg_id":"","symbol":"UNLISTED","side":"BUY","unfilled_qty":"8","state":"UNACKNOWLEDGED","level":1,"raised_mono_ns":6569633104,"raised_wall_ns":1767565205383540277,"text":"an order that this desk does not know filled 8","order_ref":"PHONE1","changed_mono_ns":6569633104}');
CREATE TABLE execution_states (
    id INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL UNIQUE,
    lifecycle TEXT NOT NULL,
    end_reason TEXT,
    created_wall_ns INTEGER NOT NULL,
    closed_seq INTEGER,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "execution_states" VALUES(1,'G1','RISK_PARTIAL',NULL,1767571200156929893,NULL,'{"group_id":"G1","account":"default","release":"proportional","on_risk_shortfall":"unwind","legs":{"H1":{"leg_id":"H1","leg_type":"HEDGE","symbol":"OPT1","side":"BUY","target_qty":"5","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"OPT1","hedge_side":"BUY","child":null,"stop_loss":null,"lot":"1","orders":["G1/H1/1","G1/H1/2"],"opened":true,"ended_short":true},"R1":{"leg_id":"R1","leg_type":"RISK","symbol":"UNLISTED","side":"SELL","target_qty":"5","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"UNLISTED","hedge_side":"SELL","child":null,"stop_loss":{"trigger_price":"40"},"lot":"1","orders":["G1/R1/1","G1/R1/2","G1/R1/3"],"opened":true,"ended_short":true},"R2":{"leg_id":"R2","leg_type":"RISK","symbol":"OPT5","side":"SELL","target_qty":"25","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"OPT5","hedge_side":"SELL","child":null,"stop_loss":{"trigger_price":"40"},"lot":"5","orders":["G1/R2/1","G1/R2/2"],"opened":true}},"lifecycle":"RISK_PARTIAL","created_mono_ns":156929893,"created_wall_ns":1767571200156929893,"user":"trader","history":[["CREATED",156929893],["VALIDATED",156929893],["HEDGE_SUBMITTED",156929893],["HEDGE_PARTIAL",365501620],["RISK_SUBMITTED",365501620],["RISK_PARTIAL",512219766]],"risk_was_on":true,"emergency_used":true,"chain_count":1,"chains":["G1/H1#1"]}');
CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL,
    exec_key TEXT NOT NULL,
    qty TEXT NOT NULL,
    px TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (ref, exec_key)
) STRICT;
INSERT INTO "executions" VALUES(1,'G1/H1/1','E2','2','9.0',1,'{"exec_id":"E2","ref":"G1/H1/1","qty":"2","px":"9.0","claimed_cum":"2","server_time_ns":1767571202675106099,"booked_mono_ns":365501620}');
INSERT INTO "executions" VALUES(2,'G1/R1/1','E5','1','9.5',1,'{"exec_id":"E5","ref":"G1/R1/1","qty":"1","px":"9.5","claimed_cum":"1","server_time_ns":1767571202824020336,"booked_mono_ns":512219766}');
INSERT INTO "executions" VALUES(3,'G1/R1/1','E7','1','12.0',1,'{"exec_id":"E7","ref":"G1/R1/1","qty":"1","px":"12.0","claimed_cum":"2","server_time_ns":1767571203267679754,"booked_mono_ns":949336383}');
INSERT INTO "executions" VALUES(4,'G1/R2/1','E6','10','9.5',1,'{"exec_id":"E6","ref":"G1/R2/1","qty":"10","px":"9.5","claimed_cum":"10","server_time_ns":1767571203212072596,"booked_mono_ns":2467695801}');
INSERT INTO "executions" VALUES(5,'G1/H1/2','E10','2','10.0',1,'{"exec_id":"E10","ref":"G1/H1/2","qty":"2","px":"10.0","claimed_cum":"2","server_time_ns":1767571204596882547,"booked_mono_ns":3017136155}');
INSERT INTO "executions" VALUES(6,'G1/H1/2','E12','1','10.0',1,'{"exec_id":"E12","ref":"G1/H1/2","qty":"1","px":"10.0","claimed_cum":"3","server_time_ns":1767571205372598468,"booked_mono_ns":3023213121}');
CREATE TABLE external_orders (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    cl_ord_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    open INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "external_orders" VALUES(1,'PHONE1','PHONE1','V5','FILLED',0,'{"key":"PHONE1","cl_ord_id":"PHONE1","order_id":"V5","symbol":"UNLISTED","side":"BUY","order_qty":"8","cum_qty":"8","leaves_qty":"0","ord_status":"FILLED","avg_px":"9.0","seen_wall_ns":1767565204804854525,"executions":{"E14":{"exec_id":"E14","ref":"PHONE1","qty":"8","px":"9.0"}}}');
CREATE TABLE hedge_tracking (
    id INTEGER PRIMARY KEY,
    chain_id TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "hedge_tracking" VALUES(1,'G1/H1#1','G1','DONE',0,'{"chain_id":"G1/H1#1","group_id":"G1","leg_id":"H1","symbol":"OPT1","side":"BUY","cause":"LEG_SHORT","target_qty":"3","started_mono_ns":1838145538,"state":"DONE","level":0,"order_ref":"G1/H1/2","orders":["G1/H1/2"],"after_risk":true,"ended_mono_ns":3023213121}');
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    mono_ns INTEGER NOT NULL,
    wall_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    context TEXT
) STRICT;
INSERT INTO "journal" VALUES(1,1,0,1767571200000000000,'EngineStarted','{"run":1,"instance_id":"sim"}',NULL);
INSERT INTO "journal" VALUES(2,1,0,1767571200000000000,'BrokerConnected','{"server_time_ns":1767571202329368234}',NULL);
INSERT INTO "journal" VALUES(3,1,75655806,1767571200075655806,'ExecutionsListed','{"query_id":"Q1-2","executions":[],"complete":true,"server_time_ns":1767571202380921847}',NULL);
INSERT INTO "journal" VALUES(4,1,113216346,1767571200113216346,'QuoteChanged','{"symbol":"OPT5","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571202444279212}',NULL);
INSERT INTO "journal" VALUES(5,1,156929893,1767571200156929893,'SubmitGroup','{"user":"trader","command_id":"c1.1","group":{"group_id":"G1","legs":[{"leg_id":"H1","leg_type":"HEDGE","symbol":"OPT1","side":"BUY","quantity":"5","price":"10"},{"leg_id":"R1","leg_type":"RISK","symbol":"UNLISTED","side":"SELL","quantity":"5","price":"10","stop_loss":{"trigger_price":"40"}},{"leg_id":"R2","leg_type":"RISK","symbol":"OPT5","side":"SELL","quantity":"25","price":"10","stop_loss":{"trigger_price":"40"}}],"account":"default","release":"proportional","on_risk_shortfall":"unwind"}}','{"known":{},"quotes":{"OPT5":{"symbol":"OPT5","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571202444279212}}}');
INSERT INTO "journal" VALUES(6,1,156929893,1767571200156929893,'OrderHandedOver','{"cl_ord_id":"G1H11-PI22J2AECXAUKCIO"}',NULL);
INSERT INTO "journal" VALUES(7,1,206654837,1767571200206654837,'ExecutionReport','{"cl_ord_id":"G1H11-PI22J2AECXAUKCIO","exec_id":"E1","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"5","order_id":"V1","order_qty":"5","price":"10","symbol":"OPT1","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571202513881683}',NULL);
INSERT INTO "journal" VALUES(8,1,365501620,1767571200365501620,'ExecutionReport','{"cl_ord_id":"G1H11-PI22J2AECXAUKCIO","exec_id":"E2","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"2","leaves_qty":"3","order_id":"V1","order_qty":"5","last_qty":"2","last_px":"9.0","avg_px":"9.0","price":"10","symbol":"OPT1","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571202675106099}',NULL);
INSERT INTO "journal" VALUES(9,1,365501620,1767571200365501620,'OrderHandedOver','{"cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI"}',NULL);
INSERT INTO "journal" VALUES(10,1,365501620,1767571200365501620,'OrderHandedOver','{"cl_ord_id":"G1R21-RU72CWQV5F6EBHRC"}',NULL);
INSERT INTO "journal" VALUES(11,1,415226564,1767571200415226564,'ExecutionReport','{"cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI","exec_id":"E3","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"2","order_id":"V2","order_qty":"2","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571202725575331}',NULL);
INSERT INTO "journal" VALUES(12,1,512219766,1767571200512219766,'ExecutionReport','{"cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI","exec_id":"E5","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"1","leaves_qty":"1","order_id":"V2","order_qty":"2","last_qty":"1","last_px":"9.5","avg_px":"9.5","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571202824020336}',NULL);
INSERT INTO "journal" VALUES(13,1,682542373,1767571200682542373,'ExecutionReport','{"cl_ord_id":"G1R21-RU72CWQV5F6EBHRC","exec_id":"E4","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"10","order_id":"V3","order_qty":"10","price":"10","symbol":"OPT5","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571202725575331}',NULL);
INSERT INTO "journal" VALUES(14,1,912219766,1767571200912219766,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(15,1,949336383,1767571200949336383,'ExecutionReport','{"cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI","exec_id":"E7","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"2","leaves_qty":"0","order_id":"V2","order_qty":"2","last_qty":"1","last_px":"12.0","avg_px":"10.75","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571203267679754}',NULL);
INSERT INTO "journal" VALUES(16,1,961944710,1767571200961944710,'ExecutionReport','{"cl_ord_id":"G1H11-PI22J2AECXAUKCIO","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"2","leaves_qty":"3","order_id":"V1","order_qty":"5","avg_px":"9.0","price":"10","symbol":"OPT1","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571203280476804,"query_id":"Q1-3"}',NULL);
INSERT INTO "journal" VALUES(17,1,1000000000,1767571201000000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(18,1,1005703050,1767571201005703050,'HeartbeatReceived','{"server_time_ns":1767571203039845897}',NULL);
INSERT INTO "journal" VALUES(19,1,1022218528,1767571201022218528,'OpenOrdersListed','{"query_id":"Q1-1","orders":[],"complete":false,"server_time_ns":1767571202380921847}',NULL);
INSERT INTO "journal" VALUES(20,1,1171097212,1767571201171097212,'QuoteChanged','{"symbol":"FUT","bid":"44","bid_size":"10","ask":"46","ask_size":"10","last":"45","server_time_ns":1767571203517994535}',NULL);
INSERT INTO "journal" VALUES(21,1,1424862472,1767571201424862472,'HeartbeatReceived','{"server_time_ns":1767571203750323561}',NULL);
INSERT INTO "journal" VALUES(22,1,1788420594,1767571201788420594,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(23,1,1838145538,1767571201838145538,'ExecutionReport','{"cl_ord_id":"G1H11-PI22J2AECXAUKCIO","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"CANCELED","cum_qty":"2","leaves_qty":"0","order_id":"V1","order_qty":"5","avg_px":"9.0","price":"10","symbol":"OPT1","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571204169792686,"query_id":"Q1-4"}',NULL);
INSERT INTO "journal" VALUES(24,1,1838145538,1767571201838145538,'OrderHandedOver','{"cl_ord_id":"G1H12-AIUNJTMYVLSQYYTD"}',NULL);
INSERT INTO "journal" VALUES(25,1,1887870482,1767571201887870482,'ExecutionReport','{"cl_ord_id":"G1H12-AIUNJTMYVLSQYYTD","exec_id":"E9","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"3","order_id":"V4","order_qty":"3","symbol":"OPT1","side":"BUY","ord_type":"MARKET","account":"default","server_time_ns":1767571204220261917}',NULL);
INSERT INTO "journal" VALUES(26,1,2000000000,1767571202000000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(27,1,2117686267,1767571202117686267,'QuoteChanged','{"symbol":"OPT5","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571204478752222}',NULL);
INSERT INTO "journal" VALUES(28,1,2124862472,1767571202124862472,'HeartbeatReceived','{"server_time_ns":1767571204460801225}',NULL);
INSERT INTO "journal" VALUES(29,1,2467695801,1767571202467695801,'ExecutionReport','{"cl_ord_id":"G1R21-RU72CWQV5F6EBHRC","exec_id":"E6","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"10","leaves_qty":"0","order_id":"V3","order_qty":"10","last_qty":"10","last_px":"9.5","avg_px":"9.5","price":"10","symbol":"OPT5","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571203212072596}',NULL);
INSERT INTO "journal" VALUES(30,1,2517686267,1767571202517686267,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(31,1,2917686267,1767571202917686267,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(32,1,2967411211,1767571202967411211,'ExecutionReport','{"cl_ord_id":"G1H12-AIUNJTMYVLSQYYTD","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"2","leaves_qty":"1","order_id":"V4","order_qty":"3","avg_px":"10.0","symbol":"OPT1","side":"BUY","ord_type":"MARKET","account":"default","server_time_ns":1767571205315961310,"query_id":"Q1-6"}',NULL);
INSERT INTO "journal" VALUES(33,1,3000000000,1767571203000000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(34,1,3017136155,1767571203017136155,'ExecutionsListed','{"query_id":"Q1-7","executions":[{"cl_ord_id":"G1H11-PI22J2AECXAUKCIO","exec_id":"E2","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"2","leaves_qty":"3","order_id":"V1","order_qty":"5","last_qty":"2","last_px":"9.0","avg_px":"9.0","price":"10","symbol":"OPT1","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571202675106099},{"cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI","exec_id":"E5","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"1","leaves_qty":"1","order_id":"V2","order_qty":"2","last_qty":"1","last_px":"9.5","avg_px":"9.5","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571202824020336},{"cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI","exec_id":"E7","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"2","leaves_qty":"0","order_id":"V2","order_qty":"2","last_qty":"1","last_px":"12.0","avg_px":"10.75","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571203267679754},{"cl_ord_id":"G1R21-RU72CWQV5F6EBHRC","exec_id":"E6","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"10","leaves_qty":"0","order_id":"V3","order_qty":"10","last_qty":"10","last_px":"9.5","avg_px":"9.5","price":"10","symbol":"OPT5","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571203212072596},{"cl_ord_id":"G1H12-AIUNJTMYVLSQYYTD","exec_id":"E10","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"2","leaves_qty":"1","order_id":"V4","order_qty":"3","last_qty":"2","last_px":"10.0","avg_px":"10.0","symbol":"OPT1","side":"BUY","ord_type":"MARKET","account":"default","server_time_ns":1767571204596882547}],"complete":true,"server_time_ns":1767571205366430542}',NULL);
INSERT INTO "journal" VALUES(35,1,3023213121,1767571203023213121,'ExecutionReport','{"cl_ord_id":"G1H12-AIUNJTMYVLSQYYTD","exec_id":"E12","exec_type":"TRADE","ord_status":"CANCELED","cum_qty":"3","leaves_qty":"0","order_id":"V4","order_qty":"3","last_qty":"1","last_px":"10.0","avg_px":"10.0","symbol":"OPT1","side":"BUY","ord_type":"MARKET","account":"default","server_time_ns":1767571205372598468}',NULL);
INSERT INTO "journal" VALUES(36,2,5458018733,1767565204271925906,'EngineStarted','{"run":2,"instance_id":"sim"}',NULL);
INSERT INTO "journal" VALUES(37,2,5458018733,1767565204271925906,'BrokerConnected','{"server_time_ns":1767571207869083089}',NULL);
INSERT INTO "journal" VALUES(38,2,5458018733,1767565204271925906,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(39,2,5507743677,1767565204321650850,'OpenOrdersListed','{"query_id":"Q2-1","orders":[],"complete":true,"server_time_ns":1767571207894317704}',NULL);
INSERT INTO "journal" VALUES(40,2,5507743677,1767565204321650850,'OrderNotFound','{"cl_ord_id":"G1R22-CKYKHZE4FW5LAITD","query_id":"Q2-4","server_time_ns":1767571207894317704}',NULL);
INSERT INTO "journal" VALUES(41,2,5570886882,1767565204384794055,'OrderNotFound','{"cl_ord_id":"G1R12-JUACKRAHZPR6AYKI","query_id":"Q2-3","server_time_ns":1767571207894317704}',NULL);
INSERT INTO "journal" VALUES(42,2,5757244632,1767565204571151805,'QuoteChanged','{"symbol":"OPT1","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571208172787828}',NULL);
INSERT INTO "journal" VALUES(43,2,5858018733,1767565204671925906,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(44,2,5990947352,1767565204804854525,'ExecutionReport','{"cl_ord_id":"PHONE1","exec_id":"E13","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"8","order_id":"V5","order_qty":"8","price":"10","symbol":"UNLISTED","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571208384754016}',NULL);
INSERT INTO "journal" VALUES(45,2,6158018733,1767565204971925906,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(46,2,6182881205,1767565204996788378,'HeartbeatReceived','{"server_time_ns":1767571208579560752}',NULL);
INSERT INTO "journal" VALUES(47,2,6276808137,1767565205090715310,'QueryOrphan','{"user":"trader","command_id":"c2.1","order":"G1/R1/2"}',NULL);
INSERT INTO "journal" VALUES(48,2,6326533081,1767565205140440254,'OrderNotFound','{"cl_ord_id":"G1R12-JUACKRAHZPR6AYKI","query_id":"Q2-8","server_time_ns":1767571208725362823}',NULL);
INSERT INTO "journal" VALUES(49,2,6458018733,1767565205271925906,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(50,2,6569633104,1767565205383540277,'ExecutionReport','{"cl_ord_id":"PHONE1","exec_id":"E14","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"8","leaves_qty":"0","order_id":"V5","order_qty":"8","last_qty":"8","last_px":"9.0","avg_px":"9.0","price":"10","symbol":"UNLISTED","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571208972101589}',NULL);
INSERT INTO "journal" VALUES(51,2,6615319776,1767565205429226949,'QuoteChanged','{"symbol":"OPT1","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571209043706719}',NULL);
INSERT INTO "journal" VALUES(52,2,6858018733,1767565205671925906,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(53,2,6882881205,1767565205696788378,'HeartbeatReceived','{"server_time_ns":1767571209290038416}',NULL);
INSERT INTO "journal" VALUES(54,2,6907743677,1767565205721650850,'OrderNotFound','{"cl_ord_id":"G1R12-JUACKRAHZPR6AYKI","query_id":"Q2-9","server_time_ns":1767571209315273032}',NULL);
INSERT INTO "journal" VALUES(55,2,6907743677,1767565205721650850,'OrderNotFound','{"cl_ord_id":"G1R22-CKYKHZE4FW5LAITD","query_id":"Q2-10","server_time_ns":1767571209315273032}',NULL);
INSERT INTO "journal" VALUES(56,2,6923069769,1767565205736976942,'ResolveOrphan','{"user":"trader","command_id":"c2.2","order":"G1/R1/2","resolution":"MARK_NEVER_SENT","reason":"as the evidence says"}',NULL);
INSERT INTO "journal" VALUES(57,2,7455720495,1767565206269627668,'QuoteChanged','{"symbol":"FUT","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571209896686633}',NULL);
INSERT INTO "journal" VALUES(58,2,8282881205,1767558920882854279,'HeartbeatReceived','{"server_time_ns":1767571210710993744}',NULL);
INSERT INTO "journal" VALUES(59,2,8458018733,1767558921057991807,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(60,2,8633236672,1767558921233209746,'QuoteChanged','{"symbol":"UNLISTED","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571211091827979}',NULL);
INSERT INTO "journal" VALUES(61,2,8633236672,1767558921233209746,'OrderHandedOver','{"cl_ord_id":"G1R13-IGP7Y25GQ2WNK3DL"}',NULL);
INSERT INTO "journal" VALUES(62,2,8682961616,1767558921282934690,'ExecutionReport','{"cl_ord_id":"G1R13-IGP7Y25GQ2WNK3DL","exec_id":"E15","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"2","order_id":"V6","order_qty":"2","price":"40.2","symbol":"UNLISTED","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571211117062595}',NULL);
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('clock','{"now_ns":1767571211117062595,"evidence_mono_ns":8682961616,"heard_mono_ns":8682961616}');
INSERT INTO "meta" VALUES('meta','{"phase":"RESOLVING","run":2,"instance_id":"sim","next_escalation":2,"next_rejected":3,"last_execution_server_ns":1767571205372598468,"counts":{"events":13,"applied":11,"rejected":2}}');
INSERT INTO "meta" VALUES('mono_ns','8682961616');
INSERT INTO "meta" VALUES('position:default|OPT1','{"quantity":"5","last_px":"10.0000000000"}');
INSERT INTO "meta" VALUES('position:default|OPT5','{"quantity":"-10","last_px":"9.5000000000"}');
INSERT INTO "meta" VALUES('position:default|UNLISTED','{"quantity":"-2","last_px":"10.7500000000"}');
INSERT INTO "meta" VALUES('wall_ns','1767558921282934690');
CREATE TABLE order_intents (
    id INTEGER PRIMARY KEY,
    cl_ord_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    ref TEXT NOT NULL,
    request INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    intent TEXT NOT NULL,
    status TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (ref, request)
) STRICT;
INSERT INTO "order_intents" VALUES(1,'G1H11-PI22J2AECXAUKCIO','NEW','G1/H1/1',0,'G1','V1','CLOSED','CANCELED',0,'{"ref":"G1/H1/1","group_id":"G1","leg_id":"H1","number":1,"purpose":"HEDGE","account":"default","symbol":"OPT1","side":"BUY","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"5","cl_ord_id":"G1H11-PI22J2AECXAUKCIO","created_mono_ns":156929893,"created_wall_ns":1767571200156929893,"order_id":"V1","base":"CANCELED","ord_status":"CANCELED","cum_qty":"2","booked_qty":"2","booked_notional":"18.0","gap_qty":"0","reported_avg_px":"9.0","intent":"CLOSED","sent_mono_ns":156929893,"closed_mono_ns":1838145538,"newest_server_ns":1767571204169792686,"claimed_cum_qty":"2","counted_qty":"2"}');
INSERT INTO "order_intents" VALUES(2,'G1R11-KZAP3TPYX3CTTXTI','NEW','G1/R1/1',0,'G1','V2','CLOSED','FILLED',0,'{"ref":"G1/R1/1","group_id":"G1","leg_id":"R1","number":1,"purpose":"RISK","account":"default","symbol":"UNLISTED","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"2","cl_ord_id":"G1R11-KZAP3TPYX3CTTXTI","created_mono_ns":365501620,"created_wall_ns":1767571200365501620,"order_id":"V2","base":"FILLED","ord_status":"FILLED","cum_qty":"2","booked_qty":"2","booked_notional":"21.5","gap_qty":"0","reported_avg_px":"10.75","intent":"CLOSED","sent_mono_ns":365501620,"closed_mono_ns":949336383,"newest_server_ns":1767571203267679754,"claimed_cum_qty":"2","counted_qty":"2"}');
INSERT INTO "order_intents" VALUES(3,'G1R21-RU72CWQV5F6EBHRC','NEW','G1/R2/1',0,'G1','V3','CLOSED','FILLED',0,'{"ref":"G1/R2/1","group_id":"G1","leg_id":"R2","number":1,"purpose":"RISK","account":"default","symbol":"OPT5","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"10","cl_ord_id":"G1R21-RU72CWQV5F6EBHRC","created_mono_ns":365501620,"created_wall_ns":1767571200365501620,"order_id":"V3","base":"FILLED","ord_status":"FILLED","cum_qty":"10","booked_qty":"10","booked_notional":"95.0","gap_qty":"0","reported_avg_px":"9.5","intent":"CLOSED","sent_mono_ns":365501620,"closed_mono_ns":2467695801,"newest_server_ns":1767571203212072596,"claimed_cum_qty":"10","counted_qty":"10"}');
INSERT INTO "order_intents" VALUES(4,'G1H12-AIUNJTMYVLSQYYTD','NEW','G1/H1/2',0,'G1','V4','CLOSED','CANCELED',0,'{"ref":"G1/H1/2","group_id":"G1","leg_id":"H1","number":2,"purpose":"EMERGENCY_HEDGE","account":"default","symbol":"OPT1","side":"BUY","order_type":"MARKET","tif":"DAY","price":null,"order_qty":"3","cl_ord_id":"G1H12-AIUNJTMYVLSQYYTD","created_mono_ns":1838145538,"created_wall_ns":1767571201838145538,"order_id":"V4","base":"CANCELED","ord_status":"CANCELED","cum_qty":"3","booked_qty":"3","booked_notional":"30.0","gap_qty":"0","reported_avg_px":"10.0","level":0,"chain_id":"G1/H1#1","intent":"CLOSED","sent_mono_ns":1838145538,"closed_mono_ns":3023213121,"newest_server_ns":1767571205372598468,"claimed_cum_qty":"3","counted_qty":"3"}');
INSERT INTO "order_intents" VALUES(5,'G1R12-JUACKRAHZPR6AYKI','NEW','G1/R1/2',0,'G1','','CLOSED','CANCELED',0,'{"ref":"G1/R1/2","group_id":"G1","leg_id":"R1","number":2,"purpose":"RISK","account":"default","symbol":"UNLISTED","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"3","cl_ord_id":"G1R12-JUACKRAHZPR6AYKI","created_mono_ns":3023213121,"created_wall_ns":1767571203023213121,"base":"CANCELED","ord_status":"CANCELED","intent":"CLOSED","never_sent":true,"canceled_by_trader":true}');
INSERT INTO "order_intents" VALUES(6,'G1R22-CKYKHZE4FW5LAITD','NEW','G1/R2/2',0,'G1','','ORPHANED','PENDING_NEW',1,'{"ref":"G1/R2/2","group_id":"G1","leg_id":"R2","number":2,"purpose":"RISK","account":"default","symbol":"OPT5","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"15","cl_ord_id":"G1R22-CKYKHZE4FW5LAITD","created_mono_ns":3023213121,"created_wall_ns":1767571203023213121,"leaves_qty":"15","intent":"ORPHANED"}');
INSERT INTO "order_intents" VALUES(7,'G1R13-IGP7Y25GQ2WNK3DL','NEW','G1/R1/3',0,'G1','V6','ACKNOWLEDGED','NEW',1,'{"ref":"G1/R1/3","group_id":"G1","leg_id":"R1","number":3,"purpose":"STOP_LOSS","account":"default","symbol":"UNLISTED","side":"BUY","order_type":"LIMIT","tif":"DAY","price":"40.2","order_qty":"2","cl_ord_id":"G1R13-IGP7Y25GQ2WNK3DL","created_mono_ns":8633236672,"created_wall_ns":1767558921233209746,"order_id":"V6","base":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"2","gap_qty":"0","intent":"ACKNOWLEDGED","sent_mono_ns":8633236672,"newest_server_ns":1767571211117062595,"claimed_cum_qty":"0"}');
CREATE TABLE orphans (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    evidence TEXT,
    resolution TEXT,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "orphans" VALUES(1,'G1/R1/2','G1','NOT_FOUND','MARK_NEVER_SENT','{"ref":"G1/R1/2","found_wall_ns":1767565204271925906,"intent_before":"INTENT_PERSISTED","evidence":"NOT_FOUND","evidence_wall_ns":1767565205721650850,"asked":3,"not_found":2,"resolution":"MARK_NEVER_SENT","resolved_by":"trader","resolved_wall_ns":1767565205736976942,"reason":"as the evidence says","evidence_shown":"NOT_FOUND"}');
INSERT INTO "orphans" VALUES(2,'G1/R2/2','G1','NOT_FOUND',NULL,'{"ref":"G1/R2/2","found_wall_ns":1767565204271925906,"intent_before":"INTENT_PERSISTED","evidence":"NOT_FOUND","evidence_wall_ns":1767565205721650850,"asked":2,"not_found":2}');
CREATE TABLE processed_events (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "processed_events" VALUES('sim#E1','bb13d081063b654ad42ca991','G1H11-PI22J2AECXAUKCIO');
INSERT INTO "processed_events" VALUES('sim#E10','fb390ab6cff7f64b5199b9e3','G1H12-AIUNJTMYVLSQYYTD');
INSERT INTO "processed_events" VALUES('sim#E12','7f2302368a2dd242a473663f','G1H12-AIUNJTMYVLSQYYTD');
INSERT INTO "processed_events" VALUES('sim#E13','e96acd818ae34c398eb25c7c','PHONE1');
INSERT INTO "processed_events" VALUES('sim#E14','af521d850841cbec130f144e','PHONE1');
INSERT INTO "processed_events" VALUES('sim#E15','917d8a5011b425f675b11867','G1R13-IGP7Y25GQ2WNK3DL');
INSERT INTO "processed_events" VALUES('sim#E2','1cf25bee53cd7f1fc756d134','G1H11-PI22J2AECXAUKCIO');
INSERT INTO "processed_events" VALUES('sim#E3','5fd74ec466ef73dbda694dd9','G1R11-KZAP3TPYX3CTTXTI');
INSERT INTO "processed_events" VALUES('sim#E4','d9add71454edff9a7a10d6de','G1R21-RU72CWQV5F6EBHRC');
INSERT INTO "processed_events" VALUES('sim#E5','dc6c104ec764778ad57d7bfd','G1R11-KZAP3TPYX3CTTXTI');
INSERT INTO "processed_events" VALUES('sim#E6','7baf18bb6f8e5c3d75db6234','G1R21-RU72CWQV5F6EBHRC');
INSERT INTO "processed_events" VALUES('sim#E7','23f4cd64b52385854b5e3f0b','G1R11-KZAP3TPYX3CTTXTI');
INSERT INTO "processed_events" VALUES('sim#E9','7628c4f895e7f411a0daf7c5','G1H12-AIUNJTMYVLSQYYTD');
CREATE TABLE rejected_events (
    number INTEGER PRIMARY KEY,
    wall_ns INTEGER NOT NULL,
    reason TEXT NOT NULL,
    ref TEXT NOT NULL,
    group_id TEXT NOT NULL,
    exec_id TEXT NOT NULL,
    explained_by TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "rejected_events" VALUES(1,1767565204804854525,'UNKNOWN_ORDER','','','E13','','{"number":1,"mono_ns":5990947352,"wall_ns":1767565204804854525,"reason":"UNKNOWN_ORDER","ref":"","group_id":"","exec_id":"E13","current":"","incoming":"NEW","booked_qty":"0","text":"no order of this desk has ClOrdID PHONE1","raw":""}');
INSERT INTO "rejected_events" VALUES(2,1767565205383540277,'UNKNOWN_ORDER','','','E14','','{"number":2,"mono_ns":6569633104,"wall_ns":1767565205383540277,"reason":"UNKNOWN_ORDER","ref":"","group_id":"","exec_id":"E14","current":"","incoming":"FILLED","booked_qty":"0","text":"no order of this desk has ClOrdID PHONE1","raw":""}');
CREATE TABLE stops (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "stops" VALUES(1,'G1/R1','G1','WORKING',1,'{"key":"G1/R1","group_id":"G1","leg_id":"R1","symbol":"UNLISTED","side":"BUY","trigger_price":"40","offset":"0.005","timeout_ns":2800000000,"state":"WORKING","order_ref":"G1/R1/3"}');
INSERT INTO "stops" VALUES(2,'G1/R2','G1','WATCHING',0,'{"key":"G1/R2","group_id":"G1","leg_id":"R2","symbol":"OPT5","side":"BUY","trigger_price":"40","offset":"0.005","timeout_ns":2800000000}');
CREATE INDEX execution_states_live ON execution_states (id) WHERE closed_seq IS NULL;
CREATE INDEX execution_states_closed ON execution_states (closed_seq) WHERE closed_seq IS NOT NULL;
CREATE INDEX order_intents_group ON order_intents (group_id);
CREATE INDEX order_intents_order_id ON order_intents (order_id) WHERE order_id <> '';
CREATE INDEX order_intents_live ON order_intents (group_id) WHERE live = 1;
CREATE INDEX hedge_tracking_group ON hedge_tracking (group_id);
CREATE INDEX hedge_tracking_live ON hedge_tracking (group_id) WHERE live = 1;
CREATE INDEX stops_group ON stops (group_id);
CREATE INDEX stops_live ON stops (group_id) WHERE live = 1;
CREATE INDEX escalations_open ON escalations (group_id) WHERE open = 1;
CREATE INDEX escalations_group ON escalations (group_id) WHERE group_id <> '';
CREATE INDEX orphans_open ON orphans (group_id) WHERE resolution IS NULL;
CREATE INDEX orphans_group ON orphans (group_id);
CREATE INDEX external_orders_open ON external_orders (id) WHERE open = 1;
CREATE INDEX rejected_events_group ON rejected_events (group_id);
COMMIT;
