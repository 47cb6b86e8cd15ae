PRAGMA application_id = 1147499371;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE deadlines (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "deadlines" VALUES('cancel:G3/R1/3','{"key":"cancel:G3/R1/3","duration_ns":1000000000,"armed_mono_ns":15286338194,"server":true,"anchor_ns":1767571220210235666}');
INSERT INTO "deadlines" VALUES('cancel:G3/R1/4','{"key":"cancel:G3/R1/4","duration_ns":1000000000,"armed_mono_ns":15286338194,"server":true,"anchor_ns":1767571220210235666}');
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
INSERT INTO "escalations" VALUES(1,'CANCEL_UNCERTAIN','WARNING','G3','UNACKNOWLEDGED',1,1767571213080933756,'{"number":1,"cause_key":"cancel:G3/R1/3","kind":"CANCEL_UNCERTAIN","severity":"WARNING","group_id":"G3","leg_id":"R1","symbol":"OPT5","side":"BUY","unfilled_qty":"5","state":"UNACKNOWLEDGED","level":1,"raised_mono_ns":13080933756,"raised_wall_ns":1767571213080933756,"text":"the cancel of G3/R1/3 is not confirmed; it may still fill","order_ref":"G3/R1/3","changed_mono_ns":13080933756}');
INSERT INTO "escalations" VALUES(2,'HEDGE_UNCERTAIN','CRITICAL','G2','RETURNED_UNACKNOWLEDGED',1,1767571213278518407,'{"number":2,"cause_key":"hedge:G2/H1","kind":"HEDGE_UNCERTAIN","severity":"CRITICAL","group_id":"G2","leg_id":"H1","symbol":"UNLISTED","side":"SELL","unfilled_qty":"0","state":"RETURNED_UNACKNOWLEDGED","level":1,"raised_mono_ns":13278518407,"raised_wall_ns":1767571213278518407,"text":"the cancel of G2/H1/1 is not confirmed; 1 may still fill, so nothing more is sent; the broker is being asked","action_required":"IMMEDIATE_MANUAL_HEDGE","order_ref":"G2/H1/1","changed_mono_ns":13438907205,"returned":true}');
INSERT INTO "escalations" VALUES(3,'STOP_LOSS_UNCERTAIN','CRITICAL','G3','UNACKNOWLEDGED',1,1767571213278518407,'{"number":3,"cause_key":"stop:G3/R1","kind":"STOP_LOSS_UNCERTAIN","severity":"CRITICAL","group_id":"G3","leg_id":"R1","symbol":"OPT5","side":"SELL","unfilled_qty":"40","state":"UNACKNOWLEDGED","level":1,"raised_mono_ns":13278518407,"raised_wall_ns":1767571213278518407,"text":"the cancel of stop order G3/R1/4 is not confirmed; no MARKET is sent","action_required":"IMMEDIATE_MANUAL_HEDGE","order_ref":"G3/R1/4","changed_mono_ns":13278518407}');
INSERT INTO "escalations" VALUES(4,'HEDGE_UNCERTAIN','CRITICAL','G4','UNACKNOWLEDGED',1,1767571213278518407,'{"number":4,"cause_key":"hedge:G4/H1","kind":"HEDGE_UNCERTAIN","severity":"CRITICAL","group_id":"G4","leg_id":"H1","symbol":"UNLISTED","side":"SELL","unfilled_qty":"8","state":"UNACKNOWLEDGED","level":1,"raised_mono_ns":13278518407,"raised_wall_ns":1767571213278518407,"text":"the cancel of G4/H1/1 is not confirmed; 8 may still fill, so nothing more is sent; the broker is being asked","action_required":"IMMEDIATE_MANUAL_HEDGE","order_ref":"G4/H1/1","changed_mono_ns":13278518407}');
CREATE TABLE execution_states (
    id INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL UNIQUE,
    lifecycle TEXT NOT NULL,
    end_reason TEXT,
    created_wall_ns INTEGER NOT NULL,
    closed_seq INTEGER,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "execution_states" VALUES(1,'G2','HEDGE_FILLED',NULL,1767571208541021711,NULL,'{"group_id":"G2","account":"default","release":"after_hedge","on_risk_shortfall":"keep","legs":{"H1":{"leg_id":"H1","leg_type":"HEDGE","symbol":"UNLISTED","side":"SELL","target_qty":"8","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"UNLISTED","hedge_side":"SELL","child":null,"stop_loss":null,"lot":"1","orders":["G2/H1/1"],"opened":true,"ended_short":true},"R1":{"leg_id":"R1","leg_type":"RISK","symbol":"OPT5","side":"SELL","target_qty":"20","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"OPT5","hedge_side":"SELL","child":null,"stop_loss":null,"lot":"5","orders":["G2/R1/1"],"opened":true}},"lifecycle":"HEDGE_FILLED","created_mono_ns":8541021711,"created_wall_ns":1767571208541021711,"user":"trader","history":[["CREATED",8541021711],["VALIDATED",8541021711],["HEDGE_SUBMITTED",8541021711],["HEDGE_PARTIAL",9855112355],["HEDGE_FILLED",13438907205]],"chain_count":1,"chains":["G2/H1#1"]}');
INSERT INTO "execution_states" VALUES(2,'G3','RISK_PARTIAL',NULL,1767571208629786565,NULL,'{"group_id":"G3","account":"default","release":"proportional","on_risk_shortfall":"keep","legs":{"H1":{"leg_id":"H1","leg_type":"HEDGE","symbol":"FUT","side":"SELL","target_qty":"9","order_type":"LIMIT","price":"10","tif":"IOC","hedge_symbol":"FUT","hedge_side":"SELL","child":null,"stop_loss":null,"lot":"1","orders":["G3/H1/1","G3/H1/2"],"opened":true,"ended_short":true},"R1":{"leg_id":"R1","leg_type":"RISK","symbol":"OPT5","side":"BUY","target_qty":"45","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"OPT5","hedge_side":"BUY","child":{"max_quantity":"20","interval_s":"0.3"},"stop_loss":{"trigger_price":"40"},"lot":"5","orders":["G3/R1/1","G3/R1/2","G3/R1/3","G3/R1/4"],"opened":true,"ended_short":true}},"lifecycle":"RISK_PARTIAL","created_mono_ns":8629786565,"created_wall_ns":1767571208629786565,"user":"trader","history":[["CREATED",8629786565],["VALIDATED",8629786565],["HEDGE_SUBMITTED",8629786565],["HEDGE_PARTIAL",8663092264],["HEDGE_FILLED",8663092264],["RISK_SUBMITTED",8663092264],["RISK_PARTIAL",9721651982]],"risk_was_on":true,"chain_count":1,"chains":["G3/H1#1"]}');
INSERT INTO "execution_states" VALUES(3,'G4','HEDGE_SUBMITTED',NULL,1767571209114611533,NULL,'{"group_id":"G4","account":"default","release":"after_hedge","on_risk_shortfall":"unwind","legs":{"H1":{"leg_id":"H1","leg_type":"HEDGE","symbol":"UNLISTED","side":"SELL","target_qty":"8","order_type":"LIMIT","price":"10","tif":"GTC","hedge_symbol":"UNLISTED","hedge_side":"SELL","child":null,"stop_loss":null,"lot":"1","orders":["G4/H1/1"],"opened":true,"ended_short":true},"R1":{"leg_id":"R1","leg_type":"RISK","symbol":"UNLISTED","side":"BUY","target_qty":"16","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"UNLISTED","hedge_side":"BUY","child":null,"stop_loss":{"trigger_price":"40"},"lot":"1"},"R2":{"leg_id":"R2","leg_type":"RISK","symbol":"FUT","side":"BUY","target_qty":"8","order_type":"LIMIT","price":"10","tif":"DAY","hedge_symbol":"FUT","hedge_side":"BUY","child":null,"stop_loss":{"trigger_price":"40"},"lot":"1"}},"lifecycle":"HEDGE_SUBMITTED","created_mono_ns":9114611533,"created_wall_ns":1767571209114611533,"user":"trader","history":[["CREATED",9114611533],["VALIDATED",9114611533],["HEDGE_SUBMITTED",9114611533]],"chain_count":1,"chains":["G4/H1#1"]}');
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
INSERT INTO "executions" VALUES(1,'G3/H1/2','E5','9','8.0',1,'{"exec_id":"E5","ref":"G3/H1/2","qty":"9","px":"8.0","claimed_cum":"9","server_time_ns":1767571210784516359,"booked_mono_ns":8663092264}');
INSERT INTO "executions" VALUES(2,'G3/R1/1','E9','20','9.0',1,'{"exec_id":"E9","ref":"G3/R1/1","qty":"20","px":"9.0","claimed_cum":"20","server_time_ns":1767571211843076077,"booked_mono_ns":9721651982}');
INSERT INTO "executions" VALUES(3,'G2/H1/1','E12','3','11.5',1,'{"exec_id":"E12","ref":"G2/H1/1","qty":"3","px":"11.5","claimed_cum":"3","server_time_ns":1767571211929378214,"booked_mono_ns":9855112355}');
INSERT INTO "executions" VALUES(4,'G3/R1/2','E13','20','9.5',1,'{"exec_id":"E13","ref":"G3/R1/2","qty":"20","px":"9.5","claimed_cum":"20","server_time_ns":1767571212796808410,"booked_mono_ns":10675384315}');
INSERT INTO "executions" VALUES(5,'G2/H1/1','E14','2','9.5',1,'{"exec_id":"E14","ref":"G2/H1/1","qty":"2","px":"9.5","claimed_cum":"5","server_time_ns":1767571213200770526,"booked_mono_ns":13240384595}');
INSERT INTO "executions" VALUES(6,'G2/H1/1','E16','1','11.5',1,'{"exec_id":"E16","ref":"G2/H1/1","qty":"1","px":"11.5","claimed_cum":"6","server_time_ns":1767571214456374079,"booked_mono_ns":13240384595}');
INSERT INTO "executions" VALUES(7,'G2/H1/1','E20','1','9.5',1,'{"exec_id":"E20","ref":"G2/H1/1","qty":"1","px":"9.5","claimed_cum":"7","server_time_ns":1767571215399942502,"booked_mono_ns":13278518407}');
INSERT INTO "executions" VALUES(8,'G2/H1/1','E21','1','10.5',1,'{"exec_id":"E21","ref":"G2/H1/1","qty":"1","px":"10.5","claimed_cum":"8","server_time_ns":1767571215560331300,"booked_mono_ns":13438907205}');
CREATE TABLE external_orders (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    cl_ord_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    open INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE TABLE hedge_tracking (
    id INTEGER PRIMARY KEY,
    chain_id TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "hedge_tracking" VALUES(1,'G3/H1#1','G3','DONE',0,'{"chain_id":"G3/H1#1","group_id":"G3","leg_id":"H1","symbol":"FUT","side":"SELL","cause":"LEG_SHORT","target_qty":"9","started_mono_ns":8629786565,"state":"DONE","level":0,"order_ref":"G3/H1/2","orders":["G3/H1/2"],"ended_mono_ns":8663092264}');
INSERT INTO "hedge_tracking" VALUES(2,'G2/H1#1','G2','DONE',0,'{"chain_id":"G2/H1#1","group_id":"G2","leg_id":"H1","symbol":"UNLISTED","side":"SELL","cause":"LEG_TIMEOUT","target_qty":"2","started_mono_ns":13080933756,"state":"DONE","level":-1,"escalation":2,"ended_mono_ns":13438907205}');
INSERT INTO "hedge_tracking" VALUES(3,'G4/H1#1','G4','UNCERTAIN',1,'{"chain_id":"G4/H1#1","group_id":"G4","leg_id":"H1","symbol":"UNLISTED","side":"SELL","cause":"LEG_TIMEOUT","target_qty":"8","started_mono_ns":13080933756,"state":"UNCERTAIN","level":-1,"escalation":4}');
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
INSERT INTO "journal" VALUES(2,1,0,1767571200000000000,'BrokerConnected','{"server_time_ns":1767571202121424095}',NULL);
INSERT INTO "journal" VALUES(3,1,98633764,1767571200098633764,'QuoteChanged','{"symbol":"OPT5","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571202220057859}',NULL);
INSERT INTO "journal" VALUES(4,1,145792000,1767571200145792000,'OpenOrdersListed','{"query_id":"Q1-1","orders":[],"complete":true,"server_time_ns":1767571202267216095}',NULL);
INSERT INTO "journal" VALUES(5,1,192950236,1767571200192950236,'ExecutionsListed','{"query_id":"Q1-2","executions":[],"complete":true,"server_time_ns":1767571202267216095}',NULL);
INSERT INTO "journal" VALUES(6,1,3690557258,1767571203690557258,'QuoteChanged','{"symbol":"OPT5","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571205811981353}',NULL);
INSERT INTO "journal" VALUES(7,1,7207358246,1767571207207358246,'QuoteChanged','{"symbol":"FUT","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571209328782341}',NULL);
INSERT INTO "journal" VALUES(8,1,8400000000,1767571208400000000,'HeartbeatReceived','{"server_time_ns":1767571210521424095}',NULL);
INSERT INTO "journal" VALUES(9,1,8541021711,1767571208541021711,'SubmitGroup','{"user":"trader","command_id":"c1.1","group":{"group_id":"G2","legs":[{"leg_id":"H1","leg_type":"HEDGE","symbol":"UNLISTED","side":"SELL","quantity":"8","price":"10"},{"leg_id":"R1","leg_type":"RISK","symbol":"OPT5","side":"SELL","quantity":"20","price":"10"}],"account":"default"}}','{"known":{},"quotes":{"OPT5":{"symbol":"OPT5","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571205811981353}}}');
INSERT INTO "journal" VALUES(10,1,8541021711,1767571208541021711,'OrderHandedOver','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP"}',NULL);
INSERT INTO "journal" VALUES(11,1,8541021711,1767571208541021711,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"E1","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"8","order_id":"V1","order_qty":"8","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571210662445806}',NULL);
INSERT INTO "journal" VALUES(12,1,8541121711,1767571208541121711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(13,1,8611414466,1767571208611414466,'QuoteChanged','{"symbol":"OPT1","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571210732838561}',NULL);
INSERT INTO "journal" VALUES(14,1,8629786565,1767571208629786565,'SubmitGroup','{"user":"trader","command_id":"c1.2","group":{"group_id":"G3","legs":[{"leg_id":"H1","leg_type":"HEDGE","symbol":"FUT","side":"SELL","quantity":"9","price":"10","tif":"IOC","hedge_symbol":"FUT"},{"leg_id":"R1","leg_type":"RISK","symbol":"OPT5","side":"BUY","quantity":"45","price":"10","child":{"max_quantity":"20","interval_s":"0.3"},"stop_loss":{"trigger_price":"40"}}],"account":"default","release":"proportional"}}','{"known":{},"quotes":{"FUT":{"symbol":"FUT","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571209328782341},"OPT5":{"symbol":"OPT5","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571205811981353}}}');
INSERT INTO "journal" VALUES(15,1,8629786565,1767571208629786565,'OrderHandedOver','{"cl_ord_id":"G3H11-YN6XBAPCHNZWZU2X"}',NULL);
INSERT INTO "journal" VALUES(16,1,8629786565,1767571208629786565,'ExecutionReport','{"cl_ord_id":"G3H11-YN6XBAPCHNZWZU2X","exec_id":"E2","exec_type":"REJECTED","ord_status":"REJECTED","cum_qty":"0","leaves_qty":"0","order_id":"V2","order_qty":"9","price":"10","symbol":"FUT","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571210751210660}',NULL);
INSERT INTO "journal" VALUES(17,1,8629786565,1767571208629786565,'OrderHandedOver','{"cl_ord_id":"G3H12-AOZXGJWTG5BWYXQ5"}',NULL);
INSERT INTO "journal" VALUES(18,1,8629786565,1767571208629786565,'ExecutionReport','{"cl_ord_id":"G3H12-AOZXGJWTG5BWYXQ5","exec_id":"E3","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"9","order_id":"V3","order_qty":"9","symbol":"FUT","side":"SELL","ord_type":"MARKET","account":"default","server_time_ns":1767571210751210660}',NULL);
INSERT INTO "journal" VALUES(19,1,8629786565,1767571208629786565,'ExecutionReport','{"cl_ord_id":"G3H12-AOZXGJWTG5BWYXQ5","exec_id":"E4","exec_type":"REJECTED","ord_status":"NEW","cum_qty":"0","leaves_qty":"9","order_id":"V3","order_qty":"9","symbol":"FUT","side":"SELL","ord_type":"MARKET","account":"default","server_time_ns":1767571210751210660}',NULL);
INSERT INTO "journal" VALUES(20,1,8663092264,1767571208663092264,'ExecutionReport','{"cl_ord_id":"G3H12-AOZXGJWTG5BWYXQ5","exec_id":"E5","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"9","leaves_qty":"0","order_id":"V3","order_qty":"9","last_qty":"9","last_px":"8.0","avg_px":"8.0","symbol":"FUT","side":"SELL","ord_type":"MARKET","account":"default","server_time_ns":1767571210784516359}',NULL);
INSERT INTO "journal" VALUES(21,1,8663092264,1767571208663092264,'OrderHandedOver','{"cl_ord_id":"G3R11-BAOZNOCNNYZYJGZ5"}',NULL);
INSERT INTO "journal" VALUES(22,1,8663092264,1767571208663092264,'ExecutionReport','{"cl_ord_id":"G3R11-BAOZNOCNNYZYJGZ5","exec_id":"E6","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"20","order_id":"V4","order_qty":"20","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571210784516359}',NULL);
INSERT INTO "journal" VALUES(23,1,8863092264,1767571208863092264,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(24,1,8910250500,1767571208910250500,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"NEW","cum_qty":"0","leaves_qty":"8","order_id":"V1","order_qty":"8","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571211031674595,"query_id":"Q1-3"}',NULL);
INSERT INTO "journal" VALUES(25,1,8963092264,1767571208963092264,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(26,1,9100000000,1767571209100000000,'HeartbeatReceived','{"server_time_ns":1767571211221424095}',NULL);
INSERT INTO "journal" VALUES(27,1,9100000000,1767571209100000000,'OrderHandedOver','{"cl_ord_id":"G3R12-CVQ44NPSN3KBCHPZ"}',NULL);
INSERT INTO "journal" VALUES(28,1,9114611533,1767571209114611533,'SubmitGroup','{"user":"trader","command_id":"c1.3","group":{"group_id":"G4","legs":[{"leg_id":"H1","leg_type":"HEDGE","symbol":"UNLISTED","side":"SELL","quantity":"8","price":"10","tif":"GTC"},{"leg_id":"R1","leg_type":"RISK","symbol":"UNLISTED","side":"BUY","quantity":"16","price":"10","stop_loss":{"trigger_price":"40"}},{"leg_id":"R2","leg_type":"RISK","symbol":"FUT","side":"BUY","quantity":"8","price":"10","stop_loss":{"trigger_price":"40"}}],"account":"default","on_risk_shortfall":"unwind"}}','{"known":{},"quotes":{"FUT":{"symbol":"FUT","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571209328782341}}}');
INSERT INTO "journal" VALUES(29,1,9114611533,1767571209114611533,'OrderHandedOver','{"cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ"}',NULL);
INSERT INTO "journal" VALUES(30,1,9114611533,1767571209114611533,'ExecutionReport','{"cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ","exec_id":"E8","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"8","order_id":"V6","order_qty":"8","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571211236035628}',NULL);
INSERT INTO "journal" VALUES(31,1,9147158236,1767571209147158236,'ExecutionReport','{"cl_ord_id":"G3R12-CVQ44NPSN3KBCHPZ","exec_id":"E7","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"20","order_id":"V5","order_qty":"20","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571211221424095}',NULL);
INSERT INTO "journal" VALUES(32,1,9314611533,1767571209314611533,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(33,1,9314611533,1767571209314611533,'QueryFailed','{"query_id":"Q1-5","cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(34,1,9400000000,1767571209400000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(35,1,9541121711,1767571209541121711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(36,1,9600000000,1767571209600000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(37,1,9721651982,1767571209721651982,'ExecutionReport','{"cl_ord_id":"G3R11-BAOZNOCNNYZYJGZ5","exec_id":"E9","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"20","leaves_qty":"0","order_id":"V4","order_qty":"20","last_qty":"20","last_px":"9.0","avg_px":"9.0","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571211843076077}',NULL);
INSERT INTO "journal" VALUES(38,1,9721651982,1767571209721651982,'OrderHandedOver','{"cl_ord_id":"G3R13-RRLJNTFLOLAM63XK"}',NULL);
INSERT INTO "journal" VALUES(39,1,9721651982,1767571209721651982,'ExecutionReport','{"cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","exec_id":"E10","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"5","order_id":"V7","order_qty":"5","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571211843076077}',NULL);
INSERT INTO "journal" VALUES(40,1,9800000000,1767571209800000000,'HeartbeatReceived','{"server_time_ns":1767571211921424095}',NULL);
INSERT INTO "journal" VALUES(41,1,9855112355,1767571209855112355,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"E12","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"3","leaves_qty":"5","order_id":"V1","order_qty":"8","last_qty":"3","last_px":"11.5","avg_px":"11.5","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571211929378214}',NULL);
INSERT INTO "journal" VALUES(42,1,9873298982,1767571209873298982,'QuoteChanged','{"symbol":"UNLISTED","bid":"44","bid_size":"10","ask":"46","ask_size":"10","last":"45","server_time_ns":1767571211994723077}',NULL);
INSERT INTO "journal" VALUES(43,1,10073298982,1767571210073298982,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(44,1,10273298982,1767571210273298982,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(45,1,10278460379,1767571210278460379,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"3","leaves_qty":"5","order_id":"V1","order_qty":"8","avg_px":"11.5","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571212399884474,"query_id":"Q1-8"}',NULL);
INSERT INTO "journal" VALUES(46,1,10478460379,1767571210478460379,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(47,1,10541121711,1767571210541121711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(48,1,10675384315,1767571210675384315,'ExecutionReport','{"cl_ord_id":"G3R12-CVQ44NPSN3KBCHPZ","exec_id":"E13","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"20","leaves_qty":"0","order_id":"V5","order_qty":"20","last_qty":"20","last_px":"9.5","avg_px":"9.5","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571212796808410}',NULL);
INSERT INTO "journal" VALUES(49,1,10841287083,1767571210841287083,'ExecutionReport','{"cl_ord_id":"G3H12-AOZXGJWTG5BWYXQ5","exec_id":"E4","exec_type":"REJECTED","ord_status":"NEW","cum_qty":"0","leaves_qty":"9","order_id":"V3","order_qty":"9","symbol":"FUT","side":"SELL","ord_type":"MARKET","account":"default","server_time_ns":1767571210751210660}',NULL);
INSERT INTO "journal" VALUES(50,1,10875384315,1767571210875384315,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(51,1,11075384315,1767571211075384315,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(52,1,11177307913,1767571211177307913,'QuoteChanged','{"symbol":"OPT5","bid":"34","bid_size":"10","ask":"36","ask_size":"10","last":"35","server_time_ns":1767571213298732008}',NULL);
INSERT INTO "journal" VALUES(53,1,11177307913,1767571211177307913,'OrderHandedOver','{"cl_ord_id":"G3R13-G2HYK7AUNIV26U2X"}',NULL);
INSERT INTO "journal" VALUES(54,1,11177307913,1767571211177307913,'ExecutionReport','{"cl_ord_id":"G3R13-G2HYK7AUNIV26U2X","exec_id":"E15","exec_type":"PENDING_CANCEL","ord_status":"PENDING_CANCEL","cum_qty":"0","leaves_qty":"5","order_id":"V7","orig_cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","order_qty":"5","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571213298732008}',NULL);
INSERT INTO "journal" VALUES(55,1,11177307913,1767571211177307913,'SendFailed','{"cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","why":"ConnectionError: the line broke while sending"}',NULL);
INSERT INTO "journal" VALUES(56,1,11177307913,1767571211177307913,'QueryFailed','{"query_id":"Q1-13","cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(57,1,11200000000,1767571211200000000,'HeartbeatReceived','{"server_time_ns":1767571213321424095}',NULL);
INSERT INTO "journal" VALUES(58,1,11400000000,1767571211400000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(59,1,11541121711,1767571211541121711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(60,1,11600000000,1767571211600000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(61,1,11684436056,1767571211684436056,'QuoteChanged','{"symbol":"OPT5","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571213805860151}',NULL);
INSERT INTO "journal" VALUES(62,1,11720432091,1767571211720432091,'ManualHedge','{"user":"trader","command_id":"c1.4","group":"G4","leg":"H1","quantity":"4","order_type":"LIMIT","price":"10"}','{"known":{},"quotes":{"FUT":{"symbol":"FUT","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571209328782341},"UNLISTED":{"symbol":"UNLISTED","bid":"44","bid_size":"10","ask":"46","ask_size":"10","last":"45","server_time_ns":1767571211994723077}}}');
INSERT INTO "journal" VALUES(63,1,11884436056,1767571211884436056,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(64,1,11900000000,1767571211900000000,'HeartbeatReceived','{"server_time_ns":1767571214021424095}',NULL);
INSERT INTO "journal" VALUES(65,1,12100000000,1767571212100000000,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(66,1,12177307913,1767571212177307913,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(67,1,12177307913,1767571212177307913,'QueryFailed','{"query_id":"Q1-18","cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(68,1,12377307913,1767571212377307913,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(69,1,12404661347,1767571212404661347,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"6","leaves_qty":"2","order_id":"V1","order_qty":"8","avg_px":"10.83333333333333333333333333","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571214526085442,"query_id":"Q1-9"}',NULL);
INSERT INTO "journal" VALUES(70,1,12404661347,1767571212404661347,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"6","leaves_qty":"2","order_id":"V1","order_qty":"8","avg_px":"10.83333333333333333333333333","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571214526085442,"query_id":"Q1-12"}',NULL);
INSERT INTO "journal" VALUES(71,1,12404661347,1767571212404661347,'ExecutionReport','{"cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","exec_id":"E17","exec_type":"PENDING_NEW","ord_status":"PENDING_NEW","cum_qty":"0","leaves_qty":"40","order_id":"V8","order_qty":"40","price":"39.80","symbol":"OPT5","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571214526085442}',NULL);
INSERT INTO "journal" VALUES(72,1,12404661347,1767571212404661347,'ExecutionReport','{"cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","exec_id":"E18","exec_type":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"40","order_id":"V8","order_qty":"40","price":"39.80","symbol":"OPT5","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571214526085442}',NULL);
INSERT INTO "journal" VALUES(73,1,12404661347,1767571212404661347,'ExecutionReport','{"cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PENDING_CANCEL","cum_qty":"0","leaves_qty":"5","order_id":"V7","order_qty":"5","price":"10","symbol":"OPT5","side":"BUY","ord_type":"LIMIT","account":"default","server_time_ns":1767571214526085442,"query_id":"Q1-14"}',NULL);
INSERT INTO "journal" VALUES(74,1,12404661347,1767571212404661347,'QueryFailed','{"query_id":"Q1-21","cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(75,1,12441021711,1767571212441021711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(76,1,12541121711,1767571212541121711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(77,1,12641021711,1767571212641021711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(78,1,12641021711,1767571212641021711,'QueryFailed','{"query_id":"Q1-23","cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(79,1,12671492328,1767571212671492328,'ManualHedge','{"user":"trader","command_id":"c1.5","group":"G3","leg":"H1","quantity":"1"}','{"known":{},"quotes":{"FUT":{"symbol":"FUT","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571209328782341},"OPT5":{"symbol":"OPT5","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571213805860151}}}');
INSERT INTO "journal" VALUES(80,1,12841021711,1767571212841021711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(81,1,13041021711,1767571213041021711,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(82,1,13080933756,1767571213080933756,'QuoteChanged','{"symbol":"UNLISTED","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571215202357851}',NULL);
INSERT INTO "journal" VALUES(83,1,13080933756,1767571213080933756,'OrderHandedOver','{"cl_ord_id":"G2H11-IH6JB3PVD4O5VVLJ"}',NULL);
INSERT INTO "journal" VALUES(84,1,13080933756,1767571213080933756,'OrderHandedOver','{"cl_ord_id":"G3R14-W7F7BGEWNUTB6WXN"}',NULL);
INSERT INTO "journal" VALUES(85,1,13080933756,1767571213080933756,'ExecutionReport','{"cl_ord_id":"G3R14-W7F7BGEWNUTB6WXN","exec_id":"E19","exec_type":"PENDING_CANCEL","ord_status":"PENDING_CANCEL","cum_qty":"0","leaves_qty":"40","order_id":"V8","orig_cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","order_qty":"40","price":"39.80","symbol":"OPT5","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571215202357851}',NULL);
INSERT INTO "journal" VALUES(86,1,13080933756,1767571213080933756,'OrderHandedOver','{"cl_ord_id":"G4H11-LYEIEDN52GNO2WKJ"}',NULL);
INSERT INTO "journal" VALUES(87,1,13080933756,1767571213080933756,'CancelRejected','{"cl_ord_id":"G4H11-LYEIEDN52GNO2WKJ","orig_cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ","ord_status":"REJECTED","reason":"TOO_LATE","order_id":"V6","server_time_ns":1767571215202357851}',NULL);
INSERT INTO "journal" VALUES(88,1,13080933756,1767571213080933756,'QueryFailed','{"query_id":"Q1-27","cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(89,1,13240384595,1767571213240384595,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"3","leaves_qty":"5","order_id":"V1","order_qty":"8","avg_px":"11.5","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571212399884474,"query_id":"Q1-4"}',NULL);
INSERT INTO "journal" VALUES(90,1,13240384595,1767571213240384595,'HeartbeatReceived','{"server_time_ns":1767571212621424095}',NULL);
INSERT INTO "journal" VALUES(91,1,13240384595,1767571213240384595,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"E14","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"5","leaves_qty":"3","order_id":"V1","order_qty":"8","last_qty":"2","last_px":"9.5","avg_px":"10.7","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571213200770526}',NULL);
INSERT INTO "journal" VALUES(92,1,13240384595,1767571213240384595,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"E16","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"6","leaves_qty":"2","order_id":"V1","order_qty":"8","last_qty":"1","last_px":"11.5","avg_px":"10.83333333333333333333333333","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571214456374079}',NULL);
INSERT INTO "journal" VALUES(93,1,13240384595,1767571213240384595,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"0","exec_type":"ORDER_STATUS","ord_status":"PARTIALLY_FILLED","cum_qty":"6","leaves_qty":"2","order_id":"V1","order_qty":"8","avg_px":"10.83333333333333333333333333","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571214526085442,"query_id":"Q1-11"}',NULL);
INSERT INTO "journal" VALUES(94,1,13240384595,1767571213240384595,'HeartbeatReceived','{"server_time_ns":1767571214721424095}',NULL);
INSERT INTO "journal" VALUES(95,1,13278518407,1767571213278518407,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"E20","exec_type":"TRADE","ord_status":"PARTIALLY_FILLED","cum_qty":"7","leaves_qty":"1","order_id":"V1","order_qty":"8","last_qty":"1","last_px":"9.5","avg_px":"10.64285714285714285714285714","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571215399942502}',NULL);
INSERT INTO "journal" VALUES(96,1,13300000000,1767571213300000000,'HeartbeatReceived','{"server_time_ns":1767571215421424095}',NULL);
INSERT INTO "journal" VALUES(97,1,13438907205,1767571213438907205,'ExecutionReport','{"cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","exec_id":"E21","exec_type":"TRADE","ord_status":"FILLED","cum_qty":"8","leaves_qty":"0","order_id":"V1","order_qty":"8","last_qty":"1","last_px":"10.5","avg_px":"10.625","price":"10","symbol":"UNLISTED","side":"SELL","ord_type":"LIMIT","account":"default","server_time_ns":1767571215560331300}',NULL);
INSERT INTO "journal" VALUES(98,2,15286338194,1767571215286338194,'EngineStarted','{"run":2,"instance_id":"sim"}',NULL);
INSERT INTO "journal" VALUES(99,2,15286338194,1767571215286338194,'BrokerConnected','{"server_time_ns":1767571217407762289}',NULL);
INSERT INTO "journal" VALUES(100,2,15286338194,1767571215286338194,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(101,2,15286338194,1767571215286338194,'QueryFailed','{"query_id":"Q2-1","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(102,2,15286338194,1767571215286338194,'QueryFailed','{"query_id":"Q2-5","cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(103,2,15486338194,1767571215486338194,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(104,2,15609225126,1767571215609225126,'CancelRejected','{"cl_ord_id":"G3R14-W7F7BGEWNUTB6WXN","orig_cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","ord_status":"FILLED","reason":"TOO_LATE","order_id":"V8","server_time_ns":1767571217730649221}',NULL);
INSERT INTO "journal" VALUES(105,2,15686338194,1767571215686338194,'TimePassed','{}',NULL);
INSERT INTO "journal" VALUES(106,2,15686338194,1767571215686338194,'QueryFailed','{"query_id":"Q2-15","cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(107,2,15686338194,1767571215686338194,'QueryFailed','{"query_id":"Q2-17","cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(108,2,15733496430,1767571215733496430,'QueryFailed','{"query_id":"Q2-13","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(109,2,15733496430,1767571215733496430,'QueryFailed','{"query_id":"Q2-14","cl_ord_id":"G2R11-HXXNFDQYVBVKPKX5","why":"the venue''s query service failed"}',NULL);
INSERT INTO "journal" VALUES(110,2,15738716027,1767571215738716027,'QuoteChanged','{"symbol":"OPT1","bid":"39","bid_size":"10","ask":"41","ask_size":"10","server_time_ns":1767571217860140122}',NULL);
INSERT INTO "journal" VALUES(111,2,15777901194,1767571215777901194,'ManualHedge','{"user":"trader","command_id":"c2.1","group":"G3","leg":"H1","quantity":"8"}',NULL);
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('clock','{"now_ns":1767571220662613499,"offset_ns":2802473377,"evidence_mono_ns":15738716027,"heard_mono_ns":15738716027}');
INSERT INTO "meta" VALUES('meta','{"run":2,"instance_id":"sim","next_escalation":5,"next_rejected":3,"last_execution_server_ns":1767571215560331300,"counts":{"events":23,"applied":21,"duplicates":1,"rejected":1}}');
INSERT INTO "meta" VALUES('mono_ns','15777901194');
INSERT INTO "meta" VALUES('position:default|FUT','{"quantity":"-9","last_px":"8.0000000000"}');
INSERT INTO "meta" VALUES('position:default|OPT5','{"quantity":"40","last_px":"9.5000000000"}');
INSERT INTO "meta" VALUES('position:default|UNLISTED','{"quantity":"-8","last_px":"10.6250000000"}');
INSERT INTO "meta" VALUES('wall_ns','1767571215777901194');
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
INSERT INTO "order_intents" VALUES(1,'G2H11-SL23G3F2MTWUEPVP','NEW','G2/H1/1',0,'G2','V1','CLOSED','FILLED',0,'{"ref":"G2/H1/1","group_id":"G2","leg_id":"H1","number":1,"purpose":"HEDGE","account":"default","symbol":"UNLISTED","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"8","cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","created_mono_ns":8541021711,"created_wall_ns":1767571208541021711,"order_id":"V1","base":"FILLED","ord_status":"FILLED","cum_qty":"8","booked_qty":"8","booked_notional":"85.0","gap_qty":"0","reported_avg_px":"10.625","intent":"CLOSED","sent_mono_ns":8541021711,"closed_mono_ns":13438907205,"newest_server_ns":1767571215560331300,"claimed_cum_qty":"8","counted_qty":"8"}');
INSERT INTO "order_intents" VALUES(2,'G3H11-YN6XBAPCHNZWZU2X','NEW','G3/H1/1',0,'G3','V2','CLOSED','REJECTED',0,'{"ref":"G3/H1/1","group_id":"G3","leg_id":"H1","number":1,"purpose":"HEDGE","account":"default","symbol":"FUT","side":"SELL","order_type":"LIMIT","tif":"IOC","price":"10","order_qty":"9","cl_ord_id":"G3H11-YN6XBAPCHNZWZU2X","created_mono_ns":8629786565,"created_wall_ns":1767571208629786565,"order_id":"V2","base":"REJECTED","ord_status":"REJECTED","cum_qty":"0","gap_qty":"0","intent":"CLOSED","sent_mono_ns":8629786565,"closed_mono_ns":8629786565,"newest_server_ns":1767571210751210660,"claimed_cum_qty":"0"}');
INSERT INTO "order_intents" VALUES(3,'G3H12-AOZXGJWTG5BWYXQ5','NEW','G3/H1/2',0,'G3','V3','CLOSED','FILLED',0,'{"ref":"G3/H1/2","group_id":"G3","leg_id":"H1","number":2,"purpose":"EMERGENCY_HEDGE","account":"default","symbol":"FUT","side":"SELL","order_type":"MARKET","tif":"DAY","price":null,"order_qty":"9","cl_ord_id":"G3H12-AOZXGJWTG5BWYXQ5","created_mono_ns":8629786565,"created_wall_ns":1767571208629786565,"order_id":"V3","base":"FILLED","ord_status":"FILLED","cum_qty":"9","booked_qty":"9","booked_notional":"72.0","gap_qty":"0","reported_avg_px":"8.0","level":0,"chain_id":"G3/H1#1","intent":"CLOSED","sent_mono_ns":8629786565,"closed_mono_ns":8663092264,"newest_server_ns":1767571210784516359,"claimed_cum_qty":"9","counted_qty":"9"}');
INSERT INTO "order_intents" VALUES(4,'G3R11-BAOZNOCNNYZYJGZ5','NEW','G3/R1/1',0,'G3','V4','CLOSED','FILLED',0,'{"ref":"G3/R1/1","group_id":"G3","leg_id":"R1","number":1,"purpose":"RISK","account":"default","symbol":"OPT5","side":"BUY","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"20","cl_ord_id":"G3R11-BAOZNOCNNYZYJGZ5","created_mono_ns":8663092264,"created_wall_ns":1767571208663092264,"order_id":"V4","base":"FILLED","ord_status":"FILLED","cum_qty":"20","booked_qty":"20","booked_notional":"180.0","gap_qty":"0","reported_avg_px":"9.0","intent":"CLOSED","sent_mono_ns":8663092264,"closed_mono_ns":9721651982,"newest_server_ns":1767571211843076077,"claimed_cum_qty":"20","counted_qty":"20"}');
INSERT INTO "order_intents" VALUES(5,'G3R12-CVQ44NPSN3KBCHPZ','NEW','G3/R1/2',0,'G3','V5','CLOSED','FILLED',0,'{"ref":"G3/R1/2","group_id":"G3","leg_id":"R1","number":2,"purpose":"RISK","account":"default","symbol":"OPT5","side":"BUY","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"20","cl_ord_id":"G3R12-CVQ44NPSN3KBCHPZ","created_mono_ns":9100000000,"created_wall_ns":1767571209100000000,"order_id":"V5","base":"FILLED","ord_status":"FILLED","cum_qty":"20","booked_qty":"20","booked_notional":"190.0","gap_qty":"0","reported_avg_px":"9.5","intent":"CLOSED","sent_mono_ns":9100000000,"closed_mono_ns":10675384315,"newest_server_ns":1767571212796808410,"claimed_cum_qty":"20","counted_qty":"20"}');
INSERT INTO "order_intents" VALUES(6,'G4H11-6KU57R6NKNYX5YVJ','NEW','G4/H1/1',0,'G4','V6','ACKNOWLEDGED','NEW',1,'{"ref":"G4/H1/1","group_id":"G4","leg_id":"H1","number":1,"purpose":"HEDGE","account":"default","symbol":"UNLISTED","side":"SELL","order_type":"LIMIT","tif":"GTC","price":"10","order_qty":"8","cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ","created_mono_ns":9114611533,"created_wall_ns":1767571209114611533,"order_id":"V6","base":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"8","gap_qty":"0","intent":"ACKNOWLEDGED","sent_mono_ns":9114611533,"newest_server_ns":1767571211236035628,"claimed_cum_qty":"0"}');
INSERT INTO "order_intents" VALUES(7,'G3R13-RRLJNTFLOLAM63XK','NEW','G3/R1/3',0,'G3','V7','ACKNOWLEDGED','PENDING_CANCEL',1,'{"ref":"G3/R1/3","group_id":"G3","leg_id":"R1","number":3,"purpose":"RISK","account":"default","symbol":"OPT5","side":"BUY","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"5","cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","created_mono_ns":9721651982,"created_wall_ns":1767571209721651982,"order_id":"V7","base":"NEW","ord_status":"PENDING_CANCEL","cum_qty":"0","leaves_qty":"5","gap_qty":"0","intent":"ACKNOWLEDGED","sent_mono_ns":9721651982,"newest_server_ns":1767571213298732008,"claimed_cum_qty":"0"}');
INSERT INTO "order_intents" VALUES(8,'G3R13-G2HYK7AUNIV26U2X','CANCEL','G3/R1/3',1,'G3','','ACKNOWLEDGED','OPEN',0,'{"number":1,"kind":"CANCEL","cl_ord_id":"G3R13-G2HYK7AUNIV26U2X","orig_cl_ord_id":"G3R13-RRLJNTFLOLAM63XK","state":"OPEN","intent":"ACKNOWLEDGED","asked_mono_ns":11177307913,"run":1,"pending_seen":true}');
INSERT INTO "order_intents" VALUES(9,'G3R14-6PGZ7HOR2XTL5TM3','NEW','G3/R1/4',0,'G3','V8','ACKNOWLEDGED','NEW',1,'{"ref":"G3/R1/4","group_id":"G3","leg_id":"R1","number":4,"purpose":"STOP_LOSS","account":"default","symbol":"OPT5","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"39.80","order_qty":"40","cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","created_mono_ns":11177307913,"created_wall_ns":1767571211177307913,"order_id":"V8","base":"NEW","ord_status":"NEW","cum_qty":"0","leaves_qty":"40","gap_qty":"0","intent":"ACKNOWLEDGED","newest_server_ns":1767571215202357851,"claimed_cum_qty":"0"}');
INSERT INTO "order_intents" VALUES(10,'G2H11-IH6JB3PVD4O5VVLJ','CANCEL','G2/H1/1',1,'G2','','CLOSED','LAPSED',0,'{"number":1,"kind":"CANCEL","cl_ord_id":"G2H11-IH6JB3PVD4O5VVLJ","orig_cl_ord_id":"G2H11-SL23G3F2MTWUEPVP","state":"LAPSED","intent":"CLOSED","asked_mono_ns":13080933756,"run":1,"ended_mono_ns":13438907205}');
INSERT INTO "order_intents" VALUES(11,'G3R14-W7F7BGEWNUTB6WXN','CANCEL','G3/R1/4',1,'G3','','CLOSED','REJECTED',0,'{"number":1,"kind":"CANCEL","cl_ord_id":"G3R14-W7F7BGEWNUTB6WXN","orig_cl_ord_id":"G3R14-6PGZ7HOR2XTL5TM3","state":"REJECTED","intent":"CLOSED","asked_mono_ns":13080933756,"run":1,"pending_seen":true,"ended_mono_ns":15609225126}');
INSERT INTO "order_intents" VALUES(12,'G4H11-LYEIEDN52GNO2WKJ','CANCEL','G4/H1/1',1,'G4','','CLOSED','REJECTED',0,'{"number":1,"kind":"CANCEL","cl_ord_id":"G4H11-LYEIEDN52GNO2WKJ","orig_cl_ord_id":"G4H11-6KU57R6NKNYX5YVJ","state":"REJECTED","intent":"CLOSED","asked_mono_ns":13080933756,"run":1,"ended_mono_ns":13080933756}');
INSERT INTO "order_intents" VALUES(13,'G2R11-HXXNFDQYVBVKPKX5','NEW','G2/R1/1',0,'G2','','ORPHANED','PENDING_NEW',1,'{"ref":"G2/R1/1","group_id":"G2","leg_id":"R1","number":1,"purpose":"RISK","account":"default","symbol":"OPT5","side":"SELL","order_type":"LIMIT","tif":"DAY","price":"10","order_qty":"20","cl_ord_id":"G2R11-HXXNFDQYVBVKPKX5","created_mono_ns":13438907205,"created_wall_ns":1767571213438907205,"leaves_qty":"20","intent":"ORPHANED"}');
CREATE TABLE orphans (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    evidence TEXT,
    resolution TEXT,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "orphans" VALUES(1,'G2/R1/1','G2',NULL,NULL,'{"ref":"G2/R1/1","found_wall_ns":1767571215286338194,"intent_before":"INTENT_PERSISTED"}');
CREATE TABLE processed_events (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "processed_events" VALUES('sim#E1','5125c0ce1765a5b3a217dd5e','G2H11-SL23G3F2MTWUEPVP');
INSERT INTO "processed_events" VALUES('sim#E10','37929d6d1def81905f6aa5a1','G3R13-RRLJNTFLOLAM63XK');
INSERT INTO "processed_events" VALUES('sim#E12','8816fbf9c0649a1c29efe00c','G2H11-SL23G3F2MTWUEPVP');
INSERT INTO "processed_events" VALUES('sim#E13','b3c07b95d3a5e14c1c1efbbc','G3R12-CVQ44NPSN3KBCHPZ');
INSERT INTO "processed_events" VALUES('sim#E14','89f8539dbb5442682c67c9f3','G2H11-SL23G3F2MTWUEPVP');
INSERT INTO "processed_events" VALUES('sim#E15','c4317180c15b1228085602ff','G3R13-RRLJNTFLOLAM63XK');
INSERT INTO "processed_events" VALUES('sim#E16','2d85206ad67a814197615871','G2H11-SL23G3F2MTWUEPVP');
INSERT INTO "processed_events" VALUES('sim#E17','b0f06104367c8a49d1334eeb','G3R14-6PGZ7HOR2XTL5TM3');
INSERT INTO "processed_events" VALUES('sim#E18','106ca47fe02f50be63bb9310','G3R14-6PGZ7HOR2XTL5TM3');
INSERT INTO "processed_events" VALUES('sim#E19','cb846d66924304bda4c888ef','G3R14-6PGZ7HOR2XTL5TM3');
INSERT INTO "processed_events" VALUES('sim#E2','5b8a30670726f04d4b311298','G3H11-YN6XBAPCHNZWZU2X');
INSERT INTO "processed_events" VALUES('sim#E20','b478a7132082cabe943d853a','G2H11-SL23G3F2MTWUEPVP');
INSERT INTO "processed_events" VALUES('sim#E21','ecf74b37b5d86c6ccddb5155','G2H11-SL23G3F2MTWUEPVP');
INSERT INTO "processed_events" VALUES('sim#E3','504314f6c0712e01d2334e99','G3H12-AOZXGJWTG5BWYXQ5');
INSERT INTO "processed_events" VALUES('sim#E4','88b7d69af92b78415296d7f2','G3H12-AOZXGJWTG5BWYXQ5');
INSERT INTO "processed_events" VALUES('sim#E5','f53aa63ffbac283e70b9471c','G3H12-AOZXGJWTG5BWYXQ5');
INSERT INTO "processed_events" VALUES('sim#E6','5fd2c3afa7635d6a2dbf8c0d','G3R11-BAOZNOCNNYZYJGZ5');
INSERT INTO "processed_events" VALUES('sim#E7','5330546b898988f666a71d7e','G3R12-CVQ44NPSN3KBCHPZ');
INSERT INTO "processed_events" VALUES('sim#E8','41f739e3fda27130d51d81e5','G4H11-6KU57R6NKNYX5YVJ');
INSERT INTO "processed_events" VALUES('sim#E9','9f33bbabda82ff4f20fe6d81','G3R11-BAOZNOCNNYZYJGZ5');
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
INSERT INTO "rejected_events" VALUES(1,1767571210841287083,'DUPLICATE','G3/H1/2','G3','E4','','{"number":1,"mono_ns":10841287083,"wall_ns":1767571210841287083,"reason":"DUPLICATE","ref":"G3/H1/2","group_id":"G3","exec_id":"E4","current":"FILLED","incoming":"NEW","booked_qty":"0","text":"counted before","raw":""}');
INSERT INTO "rejected_events" VALUES(2,1767571213240384595,'OUT_OF_ORDER','G2/H1/1','G2','E14','','{"number":2,"mono_ns":13240384595,"wall_ns":1767571213240384595,"reason":"OUT_OF_ORDER","ref":"G2/H1/1","group_id":"G2","exec_id":"E14","current":"PENDING_CANCEL","incoming":"PARTIALLY_FILLED","booked_qty":"2","text":"CumQty 5 below 6 known","raw":""}');
CREATE TABLE stops (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    group_id TEXT NOT NULL,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
INSERT INTO "stops" VALUES(1,'G3/R1','G3','UNCERTAIN',1,'{"key":"G3/R1","group_id":"G3","leg_id":"R1","symbol":"OPT5","side":"SELL","trigger_price":"40","offset":"0.005","timeout_ns":1700000000,"state":"UNCERTAIN","order_ref":"G3/R1/4","escalation":3}');
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
