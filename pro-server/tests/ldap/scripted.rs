//! What a directory may answer and no real one would, on purpose. Each fault is told as what it is, and none of them is ever taken
//! for a smaller directory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use pro_server::directory::fault::LdapFault;
use pro_server::directory::ldap::Reading;
use pro_server::domain::member::Attribute;
use pro_server::domain::sync::SkipReason;

use super::ber::{self, Request, added, bound, entry, more, reference, synced};
use super::script::{Act, GROUPS, PEOPLE, SYNC, Scripted, end, person};
use super::{NOW, Shown, directory};

/// The first page of people; the script says how the second one begins.
fn pages(second: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static) -> impl Fn(&Request) -> Vec<Act> + Send + Sync {
    move |request| {
        if request.carries("more") {
            return second(request);
        }
        vec![person(request, 1, &[]), person(request, 2, &[]), end(request, 0, &[more()])]
    }
}

#[tokio::test]
async fn an_answer_that_ends_in_the_middle_is_a_fault_wherever_it_ends() {
    let whole = Scripted::start(&[], pages(|request| vec![person(request, 3, &[]), end(request, 0, &[])])).await;
    let seen = whole.adapter("").read(Reading::Whole, NOW).await.expect("read").seen.len();
    assert_eq!(seen, 3, "both pages");
    for (code, fault) in [
        (None, LdapFault::Disconnected),
        (Some(4), LdapFault::SizeLimit),
        (Some(11), LdapFault::SizeLimit),
        (Some(10), LdapFault::Referral),
        (Some(3), LdapFault::Timeout),
        (Some(51), LdapFault::Busy),
        (Some(80), LdapFault::Refused { code: 80 }),
    ] {
        let second = move |request: &Request| {
            let last = code.map_or(Act::Cut, |code| end(request, code, &[]));
            vec![person(request, 3, &[]), last]
        };
        assert_eq!(Scripted::start(&[], pages(second)).await.fault("").await, Some(fault));
    }
    // In the middle of a message.
    let half = |request: &Request| match person(request, 3, &[]) {
        Act::Say(bytes) => vec![Act::Say(bytes[..bytes.len() / 2].to_vec()), Act::Cut],
        other => vec![other],
    };
    assert_eq!(Scripted::start(&[], pages(half)).await.fault("").await, Some(LdapFault::Disconnected));
    // What is no LDAP at all, and what is nearly.
    for junk in
        [vec![0x30, 0x02, 0xff, 0xff], b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), vec![0x30, 0x05, 2, 1, 3, 0x64, 0]]
    {
        let answer = move |_: &Request| vec![Act::Say(junk.clone()), Act::Cut];
        assert_eq!(Scripted::start(&[], pages(answer)).await.fault("").await, Some(LdapFault::Disconnected));
    }
}

#[tokio::test]
async fn people_on_another_server_have_not_left() {
    let elsewhere = |request: &Request| {
        vec![person(request, 1, &[]), Act::Say(reference(request.id, "ldap://other/ou=x")), end(request, 0, &[])]
    };
    assert_eq!(Scripted::start(&[], elsewhere).await.fault("").await, Some(LdapFault::Referral));
    // A domain names its other partitions in every search.
    let domain = Scripted::start(&["1.2.840.113556.1.4.800"], elsewhere).await;
    assert_eq!(domain.fault("").await, None);
    assert_eq!(domain.fault("kind = \"standard\"").await, Some(LdapFault::Referral));
}

#[tokio::test]
async fn a_controller_that_never_answers_costs_a_named_time_and_the_next_one_is_asked() {
    let hangs = Scripted::start_with(|_| vec![Act::Hang]).await;
    let began = Instant::now();
    assert_eq!(hangs.fault("").await, Some(LdapFault::Timeout));
    assert!(began.elapsed().as_secs() < 9, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_certificate_of_somebody_else_is_told_and_the_password_stays_here() {
    let ours = Scripted::start(&[], |request| vec![end(request, 0, &[])]).await;
    let asked = counter();
    let counted = Arc::clone(&asked);
    let other = Scripted::start_with(move |request| {
        counted.fetch_add(1, Ordering::SeqCst);
        vec![Act::Say(bound(request.id, 0, ""))]
    })
    .await;
    let text = ours.configuration().replace(&ours.url, &other.url);
    let fault = directory(ours.folder.path(), &text).read(Reading::Whole, NOW).await.err();
    assert_eq!(fault, Some(LdapFault::Certificate));
    let by_address = other.configuration().replace("localhost", "127.0.0.1");
    let fault = directory(other.folder.path(), &by_address).read(Reading::Whole, NOW).await.err();
    assert_eq!(fault, Some(LdapFault::Certificate));
    assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody signs in where the certificate is wrong");
}

/// How often a server of this test was asked anything.
fn counter() -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(0))
}

#[tokio::test]
async fn a_service_account_is_refused_once_and_not_at_every_controller() {
    for (data, fault) in [
        ("52e", LdapFault::ServiceAccount),
        ("532", LdapFault::ServicePasswordExpired),
        ("773", LdapFault::ServicePasswordExpired),
        ("533", LdapFault::ServiceAccountClosed),
        ("775", LdapFault::ServiceAccountLocked),
    ] {
        let asked = counter();
        let counted = Arc::clone(&asked);
        let refuses = Scripted::start_with(move |request| {
            counted.fetch_add(1, Ordering::SeqCst);
            let said =
                format!("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563");
            vec![Act::Say(bound(request.id, 49, &said))]
        })
        .await;
        let urls = format!("url = [{0:?}, {0:?}, {0:?}]", refuses.url);
        let text = refuses.configuration().replace(&format!("url = {:?}", refuses.url), &urls);
        let adapter = directory(refuses.folder.path(), &text);
        assert_eq!(adapter.read(Reading::Whole, NOW).await.err(), Some(fault));
        assert_eq!(asked.load(Ordering::SeqCst), 1, "wrong passwords are counted, and end in a lock-out");
    }
}

#[tokio::test]
async fn surprises_in_an_entry_leave_out_that_entry_and_nothing_else() {
    let odd = |request: &Request| {
        let value = |value: &str| vec![value.as_bytes().to_vec()];
        let person = |id: &str, login: Vec<Vec<u8>>, name: Vec<Vec<u8>>| {
            let attributes = [("entryUUID", value(id)), ("uid", login), ("cn", name)];
            Act::Say(entry(request.id, &format!("entryUUID={id},{PEOPLE}"), &attributes, &[]))
        };
        let two = vec![b"one".to_vec(), b"two".to_vec()];
        vec![
            person("01", value("plain"), value("Notary")),
            person("02", vec![vec![0xff, 0xfe]], value("Notary")),
            person("03", two.clone(), value("Notary")),
            person("04", Vec::new(), value("Notary")),
            person("05", value("huge"), vec![vec![b'x'; 1 << 20]]),
            person("06", value("turned"), value("Notary \u{202e}60")),
            person("07", value("blank"), value(" ")),
            person("08", value("\u{1d52b}otary"), value("\u{5d0}\u{300}\u{1f9d1}\u{200d}\u{2696}\u{fe0f}")),
            person("09", value("several"), vec![b"B".to_vec(), b"A".to_vec()]),
            Act::Say(entry(request.id, "", &[], &[])),
            end(request, 0, &[]),
        ]
    };
    let server = Scripted::start(&[], odd).await;
    let observation = server.adapter("").read(Reading::Whole, NOW).await.expect("read");
    let ids = observation.seen.iter().map(|seen| seen.external_id.expose());
    assert_eq!(ids.collect::<BTreeSet<_>>(), ["01", "08", "09"].into());
    let skipped = observation.skipped.iter();
    let reasons: Vec<_> = skipped
        .map(|skipped| (skipped.external_id.as_ref().map(|id| id.expose().to_owned()), skipped.reason))
        .collect();
    let of = |id: &str, reason| (Some(id.to_owned()), reason);
    for expected in [
        of("02", SkipReason::Missing(Attribute::Login)),
        of("03", SkipReason::SeveralValues(Attribute::Login)),
        of("04", SkipReason::Missing(Attribute::Login)),
        of("05", SkipReason::Unusable(Attribute::Name)),
        of("06", SkipReason::Unusable(Attribute::Name)),
        of("07", SkipReason::Unusable(Attribute::Name)),
        (None, SkipReason::Missing(Attribute::Id)),
    ] {
        assert!(reasons.contains(&expected), "{expected:?} in {reasons:?}");
    }
    assert_eq!(reasons.len(), 7);
}

/// A group of 3,003 members of whom a controller shows 1,500 at a time; person 1 is in the last piece.
fn ranged(request: &Request, promises: usize) -> Vec<Act> {
    let names = |range: std::ops::Range<usize>| -> Vec<Vec<u8>> {
        range
            .map(|at| if at == 3_001 { 1 } else { at + 10 })
            .map(|at| format!("uid=notary{at},{PEOPLE}").into_bytes())
            .collect()
    };
    let group = |name: &str, values| {
        let attributes = [("entryUUID", vec![b"0a".to_vec()]), ("member", Vec::new()), (name, values)];
        Act::Say(entry(request.id, &format!("cn=many,{GROUPS}"), &attributes, &[]))
    };
    let asked = request.attributes.first().cloned().unwrap_or_default();
    let said = match asked.as_str() {
        "member;range=1500-*" if promises > 1 => group("member;range=1500-2999", names(1_500..3_000)),
        "member;range=3000-*" if promises > 2 => group("member;range=3000-*", names(3_000..3_003)),
        asked if asked.starts_with("member;range=") => group("cn", vec![b"many".to_vec()]),
        _ => group("member;range=0-1499", names(0..1_500)),
    };
    vec![said, end(request, 0, &[])]
}

#[tokio::test]
async fn a_large_group_is_fetched_in_ranges_and_a_range_that_does_not_come_is_a_fault() {
    let lines = format!("group_base_dn = {GROUPS:?}\nrequired_group = \"cn=many,{GROUPS}\"\n");
    let script = |promises| {
        move |request: &Request| match request.base.as_str() {
            PEOPLE => vec![person(request, 1, &[]), person(request, 2, &[]), end(request, 0, &[])],
            _ => ranged(request, promises),
        }
    };
    let server = Scripted::start(&[], script(3)).await;
    let shown = Shown::of(&server.adapter(&lines).read(Reading::Whole, NOW).await.expect("read"));
    assert!(shown.logins().into_iter().eq(["notary1"]));
    assert_eq!(shown.without_access.len(), 1);
    for promises in [1, 2] {
        let server = Scripted::start(&[], script(promises)).await;
        assert_eq!(server.fault(&lines).await, Some(LdapFault::Incomplete), "after {promises}");
    }
}

#[tokio::test]
async fn a_lost_cookie_gets_the_whole_again_and_half_of_it_gets_nothing() {
    let turn = Arc::new(AtomicUsize::new(0));
    let turns = Arc::clone(&turn);
    let script = move |request: &Request| {
        assert!(request.carries(SYNC), "it synchronizes");
        match (turns.fetch_add(1, Ordering::SeqCst), request.carries("cookie")) {
            (0, false) => vec![
                person(request, 1, &[added(1)]),
                person(request, 2, &[added(2)]),
                end(request, 0, &[synced("cookie one")]),
            ],
            // The cookie is worth nothing (e-syncRefreshRequired) …
            (1, true) => vec![end(request, 4_096, &[])],
            // … and the whole breaks in the middle.
            (2, false) => vec![person(request, 1, &[added(1)]), Act::Cut],
            (3, false) => vec![
                person(request, 1, &[added(1)]),
                person(request, 3, &[added(3)]),
                end(request, 0, &[synced("cookie two")]),
            ],
            // Who is there is told by naming them, and nobody is named: everybody would be gone. The whole says otherwise.
            (4, true) => vec![end(request, 0, &[synced("cookie three")])],
            (5, false) => vec![person(request, 1, &[added(1)]), end(request, 0, &[synced("cookie four")])],
            (turn, has_cookie) => panic!("turn {turn}, cookie {has_cookie}"),
        }
    };
    let server = Scripted::start(&[SYNC], script).await;
    let adapter = server.adapter("");
    let read = async |reading| adapter.read(reading, NOW).await.map(|observation| Shown::of(&observation));
    assert_eq!(read(Reading::Whole).await.expect("read").people.len(), 2);
    assert_eq!(read(Reading::Changes).await, Err(LdapFault::Disconnected));
    let again = read(Reading::Changes).await.expect("read");
    assert!(again.logins().into_iter().eq(["notary1", "notary3"]));
    let last = read(Reading::Changes).await.expect("read");
    assert!(last.logins().into_iter().eq(["notary1"]));
    assert_eq!(turn.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_malformed_control_ends_the_reading_and_nothing_else() {
    let malformed = |request: &Request| {
        let state = ber::control("1.3.6.1.4.1.4203.1.9.1.2", &[0x30, 0x01]);
        vec![person(request, 1, &[state]), end(request, 0, &[synced("cookie")])]
    };
    assert_eq!(Scripted::start(&[SYNC], malformed).await.fault("").await, Some(LdapFault::Disconnected));
    // One that says nothing of states does not synchronize: it is read page by page.
    let silent = |request: &Request| vec![person(request, 1, &[]), end(request, 0, &[])];
    assert_eq!(Scripted::start(&[SYNC], silent).await.fault("").await, None);
}
