//! One example of everything that has a rule in `spec/*.cddl`, with the reader that must agree about it.

use minicbor::{Decode, Encode};
use protocol::audit::Party;
use protocol::certificate::{self, DeviceCertificate};
use protocol::codec;
use protocol::directory::{DirectoryAnswer, DirectoryUpdate, Visibility};
use protocol::ids::DeviceId;
use protocol::link::LinkFrame;
use protocol::message::MessageBody;
use protocol::policy::PolicyDocument;
use protocol::signaling::message::{ClientFrame, CloseCode, ErrorCode, ServerFrame, SessionKind};
use protocol::signed::{self, Document, Unverified};
use protocol::time::Timestamp;
use protocol::tlog::Leaf;

use super::samples::{self, office, peer};

/// Bytes of a rule. `signed<…>`, `certificate` and `certificate-request` are written without the byte string around them.
pub struct Example {
    pub rule: &'static str,
    pub bytes: Vec<u8>,
    /// Whether the code takes bytes for what the rule describes.
    pub reads: fn(&[u8]) -> bool,
}

fn example(rule: &'static str, bytes: Vec<u8>, reads: fn(&[u8]) -> bool) -> Example {
    Example { rule, bytes, reads }
}

fn of<T: Encode<()> + for<'b> Decode<'b, ()>>(rule: &'static str, values: impl IntoIterator<Item = T>) -> Vec<Example> {
    let reads = |bytes: &[u8]| codec::decode::<T>(bytes).is_ok();
    values.into_iter().map(|value| example(rule, codec::encode(&value), reads)).collect()
}

fn by_directory<T: Document>(rule: &'static str, document: &T) -> Example {
    let reads = |bytes: &[u8]| Unverified::<T>::from_bytes(bytes).verify(&samples::directory().verifying_key()).is_ok();
    example(rule, signed::sign(document, &samples::directory()), reads)
}

fn by_root<T: Document>(rule: &'static str, document: &T) -> Example {
    let reads = |bytes: &[u8]| Unverified::<T>::from_bytes(bytes).verify(&samples::key(100).verifying_key()).is_ok();
    example(rule, signed::sign(document, &samples::key(100)), reads)
}

/// The private structure inside an envelope, as the specification has it.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Inner {
    #[n(0)]
    sender: DeviceId,
    #[n(1)]
    expiry: Timestamp,
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    signature: [u8; 64],
}

fn identities() -> Vec<Example> {
    let verified = |bytes: &[u8]| {
        let certificate = Unverified::<DeviceCertificate>::from_bytes(bytes);
        certificate.verify(samples::organization(), &samples::directory().verifying_key()).is_ok()
    };
    let mut all = of("certificate-body", [samples::certificate_body(1)]);
    all.push(example("certificate-request", samples::certificate_request(1), |bytes| {
        certificate::verify_request(bytes).is_ok()
    }));
    all.push(example("certificate", samples::certificate(1).0, verified));
    all.extend(of("organization-document", office::organization_documents()));
    all.extend(of("directory-key", [office::directory_key()]));
    all.push(by_root("signed<directory-key>", &office::directory_key()));
    all.extend(of("tls-keys", [office::tls_keys()]));
    all.push(by_directory("signed<tls-keys>", &office::tls_keys()));
    all.extend(of("begin", office::begins()));
    all.extend(of("providers", [office::providers()]));
    all.extend(of("sign-in", office::sign_ins()));
    all.extend(of("sign-in-begun", office::sign_ins_begun()));
    all.extend(of("begun", office::begun()));
    all.extend(of("finish", [office::finish()]));
    all.extend(of("finished", [office::finished()]));
    all
}

fn directory() -> Vec<Example> {
    let (complete, card, batch) = (samples::directory_update(), samples::card(), samples::device_batch());
    let (groups, reader) = (samples::directory_groups(), |bytes: &[u8]| DirectoryAnswer::from_bytes(bytes).is_ok());
    let change = DirectoryUpdate { base: Some(3), removed: vec![samples::person(3).member], ..complete.clone() };
    let hidden = DirectoryUpdate { salt: None, ..complete.clone() };
    let answer = samples::directory_answer();
    let earlier = DirectoryAnswer { groups: None, ..answer.clone() };
    let rules = ["all", "same-group", "groups:lyon,paris", "none"];
    let rules = rules.map(|rule| rule.parse::<Visibility>().expect("a rule"));
    let mut all = vec![by_directory("signed<directory-update>", &complete)];
    all.extend(of("directory-update", [complete, change, hidden]));
    all.push(by_directory("signed<card>", &card));
    all.extend(of("card", [card]));
    all.push(by_directory("signed<device-batch>", &batch));
    all.extend(of("device-batch", [batch]));
    all.push(by_directory("signed<directory-groups>", &groups));
    all.extend(of("directory-groups", [groups]));
    all.extend([answer, earlier].map(|answer| example("directory-answer", answer.to_bytes(), reader)));
    all.extend(of("visibility", rules));
    let policies: Vec<PolicyDocument> = office::policies();
    all.extend(policies.iter().map(|policy| by_directory("signed<policy>", policy)));
    all.extend(of("policy", policies));
    all.extend(of("policy-layers", [office::policy_layers_answer()]));
    all.extend(of("policy-layer", office::policy_layers()));
    all
}

fn log_and_audit() -> Vec<Example> {
    let leaves = samples::leaves();
    let leaves = leaves.iter().map(|leaf| example("leaf", leaf.to_bytes(), |bytes| Leaf::from_bytes(bytes).is_ok()));
    let mut all: Vec<Example> = leaves.collect();
    all.extend(of("log-batch", [office::log_batch()]));
    all.extend(of("fork-evidence", office::fork_evidence()));
    all.extend(office::log_resets().iter().map(|reset| by_root("signed<log-reset>", reset)));
    all.extend(of("log-reset", office::log_resets()));
    all.extend(of("approvers", [samples::approvers().verify(samples::organization()).expect("by the root")]));
    all.extend(of("identity-order", [samples::identity_order()]));
    all.extend(of("audit-entry", office::audit_entries()));
    all.extend(of("audit-event", office::audit_events()));
    all.extend(of::<Party>("party", office::parties()));
    all
}

fn peers() -> Vec<Example> {
    let inner = peer::envelope_bodies().into_iter().map(|body| Inner {
        sender: samples::device_id(1),
        expiry: samples::NOW,
        body: codec::encode(&body),
        signature: [9; 64],
    });
    let mut all = of("inner", inner);
    all.extend(of("envelope-body", peer::envelope_bodies()));
    let frames = peer::link_frames();
    all.extend(
        frames
            .iter()
            .map(|frame| example("link-frame", frame.to_bytes(), |bytes| LinkFrame::from_bytes(bytes).is_ok())),
    );
    let operations = peer::roster_operations();
    let requests = operations.iter().filter(|operation| operation.change.is_request());
    let requests: Vec<_> =
        requests.map(|operation| MessageBody::RosterRequest { change: operation.change.clone() }).collect();
    all.extend(of("roster-request", requests));
    all.extend(of("roster-change", operations.iter().map(|operation| operation.change.clone())));
    all.extend(of("roster-operation", operations));
    all.extend(of("roster-departure", [peer::roster_departure()]));
    all.extend(of("lane-entry", peer::lane_entries()));
    all.extend(of("lane-ack", [peer::lane_ack()]));
    all.extend(of("application-body", peer::application_bodies()));
    all.extend(of("file-offer", [peer::file_offer()]));
    all
}

/// With every word that a session may end on, and every refusal.
pub fn signaling_frames() -> (Vec<ClientFrame>, Vec<ServerFrame>) {
    let mut client = samples::client_frames();
    client.push(samples::hello(1, &[1; 32], &[2; 32], SessionKind::Relationship));
    let mut server = samples::server_frames();
    let errors = [
        ErrorCode::UnknownKind,
        ErrorCode::NotAllowed,
        ErrorCode::Busy,
        ErrorCode::BadProof,
        ErrorCode::Missing,
        ErrorCode::Unavailable,
    ];
    server.extend(errors.map(|code| ServerFrame::Error { n: None, code }));
    let closes = [
        CloseCode::Revoked,
        CloseCode::Suspended,
        CloseCode::Replaced,
        CloseCode::Draining,
        CloseCode::ClientTooOld,
        CloseCode::Malformed,
        CloseCode::Slow,
        CloseCode::Silent,
        CloseCode::Version,
        CloseCode::Unauthenticated,
        CloseCode::Flood,
        CloseCode::Internal,
    ];
    server.extend(closes.map(|code| ServerFrame::Close { code }));
    (client, server)
}

fn signaling() -> Vec<Example> {
    let (client, server) = signaling_frames();
    let client = client
        .iter()
        .map(|frame| example("client-frame", frame.to_bytes(), |bytes| ClientFrame::from_bytes(bytes).is_ok()));
    let server = server
        .iter()
        .map(|frame| example("server-frame", frame.to_bytes(), |bytes| ServerFrame::from_bytes(bytes).is_ok()));
    client.chain(server).collect()
}

pub fn all() -> Vec<Example> {
    [identities(), directory(), log_and_audit(), peers(), signaling()].into_iter().flatten().collect()
}
