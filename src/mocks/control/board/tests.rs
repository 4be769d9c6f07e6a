//! Whom posted faults strike, and when.

use super::super::fault::read;
use super::*;
use crate::mocks::asked::Asked;
use crate::mocks::socket::SocketId;
use crate::scenario::catalogue::Catalogue;

const HERE: Id<Dependency> = Id::new(0);
const THERE: Id<Dependency> = Id::new(1);

fn board() -> Board {
    Board::new(Luck::new(1, 0))
}

fn post(board: &Board, name: &str, params: Value) -> String {
    let params = Asked::new(params, false).expect("an object");
    let fault = read("openai", name, &params, &Catalogue::shipped()).expect("it is known");
    board.add(HERE, "openai", fault, Time::ZERO).expect("there is room")
}

fn rule(board: &Board, of: Id<Dependency>, now: Time) -> Option<String> {
    let facts = Facts { dependency: of, method: "POST", endpoint: "chat.completions", text: "" };
    board.rule(&facts, now).failure.map(|failure| failure.mode)
}

fn at(seconds: i64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

#[test]
fn a_fault_strikes_its_mock_so_many_times() {
    let board = board();
    assert_eq!(post(&board, "overloaded", json!({"times": 2})), "f1");
    let fates: Vec<bool> = (0..4).map(|_| rule(&board, HERE, Time::ZERO).is_some()).collect();
    assert_eq!(fates, [true, true, false, false]);
    assert_eq!(rule(&board, THERE, Time::ZERO), None);
    let listed = &board.list(Time::ZERO)[0];
    assert_eq!((&listed["hits"], &listed["over"]), (&json!(2), &json!(true)));
}

#[test]
fn a_fault_ends_by_its_ttl_or_by_hand() {
    let board = board();
    post(&board, "overloaded", json!({"ttl": 10}));
    let by_hand = post(&board, "hang", json!({}));
    assert_eq!(rule(&board, HERE, at(9)), Some("openai.overloaded".into()));
    assert_eq!(rule(&board, HERE, at(10)), Some("hang".into()));
    assert!(board.remove(&by_hand) && !board.remove(&by_hand));
    assert_eq!(rule(&board, HERE, at(10)), None);
    assert_eq!(board.clear(), 1);
}

#[test]
fn the_fault_behind_keeps_its_turn() {
    let board = board();
    post(&board, "overloaded", json!({"times": 1}));
    post(&board, "server_error", json!({"times": 1}));
    let fates: Vec<_> = (0..3).map(|_| rule(&board, HERE, Time::ZERO)).collect();
    assert_eq!(fates, [Some("openai.overloaded".into()), Some("openai.server_error".into()), None]);
}

#[test]
fn a_share_replays() {
    let run = || {
        let board = board();
        post(&board, "overloaded", json!({"share": 0.3}));
        (0..1_000).map(|_| rule(&board, HERE, Time::ZERO).is_some()).collect::<Vec<_>>()
    };
    let fates = run();
    assert_eq!(fates, run());
    let hit = fates.iter().filter(|hit| **hit).count();
    assert!((240..360).contains(&hit), "{hit} of 1000 at a share of 0.3");
}

#[test]
fn connections_are_refused_only_where_everybody_is() {
    let board = board();
    let some = post(&board, "refuse", json!({"share": 0.5}));
    assert!(!board.refuses(HERE, Time::ZERO));
    board.remove(&some);
    post(&board, "refuse", json!({"ttl": 5}));
    assert!(board.refuses(HERE, at(4)) && !board.refuses(THERE, at(4)) && !board.refuses(HERE, at(5)));
}

#[test]
fn connections_are_drawn_by_their_number_and_faults_add_up() {
    let run = |order: &mut dyn Iterator<Item = u64>| {
        let board = board();
        for (name, params) in [("latency", json!({"share": 0.5})), ("bandwidth", json!({"ttl": 5}))] {
            let params = Asked::new(params, false).expect("an object");
            let fault = read("tcp", name, &params, &Catalogue::shipped()).expect("it is known");
            board.add(HERE, "db", fault, Time::ZERO).expect("there is room");
        }
        let fates = order.map(|number| {
            let mut standing = Standing::new(SocketId(number), Time::ZERO);
            let befalls = [1, 2, 9].map(|second| board.connection(HERE, &mut standing, at(second)).failures);
            assert_eq!(befalls[0], befalls[1], "it is drawn once");
            (number, befalls[0].len(), befalls[2].len())
        });
        fates.collect::<std::collections::BTreeSet<_>>()
    };
    let fates = run(&mut (0..100));
    assert_eq!(fates, run(&mut (0..100).rev()));
    assert!(fates.iter().all(|(_, both, later)| *both == later + 1));
    let slow = fates.iter().filter(|(_, _, later)| *later == 1).count();
    assert!((35..65).contains(&slow), "{slow} of 100 at a share of 0.5");
}

#[test]
fn webhooks_are_lost_late_doubled_or_overtaken() {
    let carried = |name: &str, params| {
        let board = board();
        post(&board, name, params);
        [board.carry(HERE, "event", "{}", Time::ZERO), board.carry(HERE, "event", "{}", Time::ZERO)]
    };
    let second = Carriage { delay: Span::from_secs(1), copies: 1 };
    assert_eq!(
        carried("webhook_drop", json!({"times": 1})),
        [Carriage { copies: 0, ..Carriage::PROMPT }, Carriage::PROMPT]
    );
    assert_eq!(carried("webhook_duplicate", json!({}))[1].copies, 2);
    assert_eq!(carried("webhook_delay", json!({})), [second, second]);
    assert_eq!(carried("webhook_reorder", json!({})), [second, Carriage::PROMPT]);
    assert_eq!(carried("webhook_drop", json!({"match": "voice"})), [Carriage::PROMPT; 2]);
    assert_eq!(rule(&board(), HERE, Time::ZERO), None);
}

#[test]
fn a_handshake_fails_by_connections_and_no_request_meets_it() {
    let board = board();
    post(&board, "tls_expired", json!({"times": 2}));
    let door = |of| board.meets_at_door(of, Time::ZERO);
    assert_eq!((door(THERE), door(HERE).as_deref()), (None, Some("tls_expired")));
    let facts = Facts { dependency: HERE, method: "POST", endpoint: "chat.completions", text: "" };
    assert_eq!(board.rule(&facts, Time::ZERO), Ruling::default());
    assert_eq!((door(HERE).as_deref(), door(HERE)), (Some("tls_expired"), None));
    post(&board, "refuse", json!({}));
    assert_eq!(door(HERE).as_deref(), Some("refuse"));
}

#[test]
fn what_flaps_lets_go_in_turn() {
    let board = board();
    post(&board, "flap", json!({"down": 10, "up": 5}));
    let fates = [0, 9, 10, 14, 15, 24, 25].map(|second| rule(&board, HERE, at(second)).is_some());
    assert_eq!(fates, [true, true, false, false, true, true, false]);
    board.clear();
    post(&board, "webhook_drop", json!({"down": 10, "up": 5}));
    let copies = [1, 12].map(|second| board.carry(HERE, "event", "{}", at(second)).copies);
    assert_eq!(copies, [0, 1]);
    post(&board, "refuse", json!({"down": 10, "up": 5}));
    assert!(board.refuses(HERE, at(1)) && !board.refuses(HERE, at(12)) && board.refuses(HERE, at(16)));
}

#[test]
fn an_open_connection_is_let_go_and_struck_again() {
    let board = board();
    let params = Asked::new(json!({"share": 0.5, "down": 2, "up": 2}), false).expect("an object");
    let fault = read("tcp", "latency", &params, &Catalogue::shipped()).expect("it is known");
    board.add(HERE, "db", fault, Time::ZERO).expect("there is room");
    let mut struck = 0;
    for number in 0..40 {
        // It opens while the fault lets go: its fate is drawn all the same.
        let mut standing = Standing::new(SocketId(number), at(3));
        let befalls = [3, 4, 6, 8].map(|second| board.connection(HERE, &mut standing, at(second)).failures.len());
        assert_eq!([befalls[0], befalls[2], befalls[3]], [0, 0, befalls[1]]);
        struck += befalls[1];
    }
    assert!((10..30).contains(&struck), "{struck} of 40 at a share of 0.5");
}

#[test]
fn a_limit_lets_so_many_pass_in_each_window_and_tells_the_rest_how_long_to_wait() {
    let board = board();
    post(&board, "rate_limit", json!({"limit": 2, "window": 10}));
    let asks = |seconds: i64| {
        let facts = Facts { dependency: HERE, method: "POST", endpoint: "chat.completions", text: "" };
        board.rule(&facts, at(seconds)).failure.map(|failure| failure.retry_after)
    };
    let second = |seconds| Some(Some(Span::from_secs(seconds)));
    assert_eq!([1, 2, 3, 9].map(asks), [None, None, second(7), second(1)]);
    assert_eq!([10, 25, 25, 25].map(asks), [None, None, None, second(5)], "a new window, and its own two");
    board.clear();
    post(&board, "rate_limit", json!({"limit": 1, "retry_after": 42}));
    assert_eq!([0, 59, 60].map(asks), [None, second(42), None], "a minute, and its own wait");
}

#[test]
fn what_only_writes_meet_is_not_used_up_by_reads() {
    let board = board();
    let params = Asked::new(json!({"times": 1}), false).expect("an object");
    let fault = read("zendesk", "update_conflict", &params, &Catalogue::shipped()).expect("it is known");
    board.add(HERE, "zendesk", fault, Time::ZERO).expect("there is room");
    let meets = |method| {
        let facts = Facts { dependency: HERE, method, endpoint: "tickets.update", text: "" };
        board.rule(&facts, Time::ZERO).failure.is_some()
    };
    assert_eq!(["GET", "HEAD", "PUT", "PUT"].map(meets), [false, false, true, false]);
}

#[test]
fn a_socket_that_outlives_a_reset_meets_what_comes_after_it() {
    let board = board();
    let facts = Facts { dependency: HERE, method: "", endpoint: "realtime", text: "" };
    let mut standing = Standing::new(SocketId(1), Time::ZERO);
    let mut strikes = |name: &str| {
        let params = Asked::new(json!({"times": 1}), false).expect("an object");
        let fault = read("slack", name, &params, &Catalogue::shipped()).expect("it is known");
        let id = board.add(HERE, "slack", fault, Time::ZERO).expect("there is room");
        (id, board.socket(&facts, &mut standing, Time::ZERO).is_some())
    };
    assert_eq!(strikes("socket_silent"), ("f1".to_owned(), true));
    board.clear();
    board.forget();
    assert_eq!(strikes("socket_silent"), ("f1".to_owned(), true), "counted from the start, and struck all the same");
}
