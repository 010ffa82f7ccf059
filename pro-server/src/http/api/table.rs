//! Every route of `/api/v1` with what it takes, what it answers, and which scopes may use it. Nothing else is mounted, and
//! nothing else is described. Routes of one path stand together.

use std::borrow::Cow;

use actix_web::Route as Handled;
use protocol::audit::{AdministratorRole, IntegrationScope};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::answer::Page;
use super::audit::{ProofDocument, ProofOrder};
use super::directory::RunOrder;
use super::import::ImportPlanRow;
use super::policy::{PolicyChange, PolicyDraftOrder, PolicyRollBack};
use super::{approvals, audit, devices, directory, import, organization, people, policy, programs};
use crate::administration::policy::{
    PastPolicyRow, PersonPolicyRow, PolicyKindRow, PolicyPreviewRow, PolicyRow, PolicyScopeRow,
};
use crate::administration::{
    AdministratorRow, ApprovalRow, AuditRow, CodeRow, DeviceRow, IntegrationRow, LogRow, OrganizationRow, PastRunRow,
    PersonDetailRow, PersonRow, PlanRow, ProvisioningRow, RunRow, SignInRow, SinkRow, SourceRow, StoredRow, VerdictRow,
    WitnessRow,
};
use crate::domain::access::{
    AdministratorRead, ApprovalRead, AuditRead, CodeWrite, DeviceWrite, DirectoryRead, DirectoryRun, IntegrationRead,
    IntegrationRevoke, PeopleImport, PeopleRead, PeopleWrite, Permission, PersonExport, PolicyRead, PolicyRules,
    PolicyWrite, PushBrakeRelease,
};

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    /// As OpenAPI writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// A parameter of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Limit,
    After,
    Search,
    Group,
    State,
    Source,
    Order,
    From,
    Digest,
}

impl Asked {
    /// As it stands in the query.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::After => "after",
            Self::Search => "search",
            Self::Group => "group",
            Self::State => "state",
            Self::Source => "source",
            Self::Order => "order",
            Self::From => "from",
            Self::Digest => "digest",
        }
    }
}

/// A shape of JSON, by its type.
#[derive(Clone, Copy)]
pub struct Shape {
    pub name: fn() -> Cow<'static, str>,
    pub schema: fn() -> RefOr<Schema>,
    pub parts: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    const fn of<T: ToSchema + PartialSchema>() -> Self {
        Shape { name: T::name, schema: T::schema, parts: T::schemas }
    }
}

/// What a body is.
#[derive(Clone, Copy)]
pub enum Sent {
    Nothing,
    Json(Shape),
    Csv,
}

/// What a success is.
#[derive(Clone, Copy)]
pub enum Answered {
    Json(u16, Shape),
    Lines,
    Nothing,
}

/// One route.
pub struct Route {
    pub verb: Verb,
    pub path: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    pub scopes: &'static [IntegrationScope],
    /// Whose permission it takes, as at the console.
    pub roles: &'static [AdministratorRole],
    pub asked: &'static [Asked],
    pub sent: Sent,
    pub answered: Answered,
    /// Refusals beside those that every route has.
    pub refused: &'static [u16],
    pub handler: fn(Handled) -> Handled,
}

const fn json<T: ToSchema>() -> Answered {
    Answered::Json(200, Shape::of::<T>())
}

/// Pages of different things have names of their own.
fn page_name<T: ToSchema>() -> Cow<'static, str> {
    format!("{}Page", T::name()).into()
}

/// What a page holds is named in it, and described beside it.
fn page_parts<T: ToSchema>(parts: &mut Vec<(String, RefOr<Schema>)>) {
    parts.push((T::name().into_owned(), T::schema()));
    Page::<T>::schemas(parts);
}

const fn page<T: ToSchema>() -> Answered {
    Answered::Json(200, Shape { name: page_name::<T>, schema: Page::<T>::schema, parts: page_parts::<T> })
}

macro_rules! routes {
    ($($verb:ident $path:literal, $permission:ident, $handler:path, $asked:expr, $sent:expr, $answered:expr, $refused:expr, $summary:literal;)+) => {
        /// All of them.
        pub const ROUTES: &[Route] = &[$(Route {
            verb: Verb::$verb,
            path: $path,
            summary: $summary,
            scopes: <$permission as Permission>::SCOPES,
            roles: <$permission as Permission>::ROLES,
            asked: &$asked,
            sent: $sent,
            answered: $answered,
            refused: &$refused,
            handler: |route| route.to($handler),
        }),+];
    };
}

use Asked::{After, Digest, From, Group, Limit, Order, Search, Source, State};
use Sent::{Csv, Nothing};

routes! {
    Get "/organization", PeopleRead, organization::read, [], Nothing, json::<OrganizationRow>(), [],
        "The organization at a glance";
    Get "/log/checkpoint", PolicyRead, organization::checkpoint, [], Nothing, json::<LogRow>(), [],
        "The newest checkpoint of the transparency log, to be kept elsewhere";
    Get "/people", PeopleRead, people::list, [Search, Group, State, Limit, After], Nothing, page::<PersonRow>(), [400],
        "People by login. A page may hold fewer than asked for, none even: the last one has no `next`";
    Post "/people/import/plan", PeopleImport, import::plan, [], Csv, json::<ImportPlanRow>(), [409],
        "What a CSV file would change: every change, every bad line, and the digest of the plan";
    Post "/people/import/apply", PeopleImport, import::apply, [Digest], Csv, json::<RunRow>(), [409],
        "Takes a CSV file, if it does exactly what the plan of this digest said";
    Get "/people/{person}", PeopleRead, people::read, [], Nothing, json::<PersonDetailRow>(), [404],
        "One person with their devices";
    Delete "/people/{person}", PeopleWrite, people::remove, [], Nothing, Answered::Nothing, [404, 409],
        "Removes a person for good: every device is revoked, nothing personal is kept";
    Post "/people/{person}/suspend", PeopleWrite, people::suspend, [], Nothing, json::<PersonRow>(), [404, 409],
        "Suspends a person: every device is revoked, and no directory brings the person back";
    Post "/people/{person}/resume", PeopleWrite, people::resume, [], Nothing, json::<PersonRow>(), [404, 409],
        "Takes a suspension back; the person enrolls again";
    Post "/people/{person}/unlink", PeopleWrite, people::unlink, [], Nothing, json::<PersonRow>(), [404, 409],
        "Forgets which account at an identity provider is this person's";
    Post "/people/{person}/export", PersonExport, people::export, [], Nothing, Answered::Lines, [404],
        "Everything that is kept about a person, a line of JSON each, for that person";
    Post "/people/{person}/enrollment-codes", CodeWrite, people::code, [], Nothing, Answered::Json(201, Shape::of::<CodeRow>()), [404],
        "Makes a one-time enrollment code; an earlier one is worth nothing any more";
    Post "/people/{person}/identity-reset", CodeWrite, people::reset_identity, [], Nothing, Answered::Json(201, Shape::of::<CodeRow>()), [404],
        "Ends a person's identity: key and devices count no more, everybody is warned; a one-time code lets a new device in";
    Get "/devices", PeopleRead, devices::list, [Limit, After], Nothing, page::<DeviceRow>(), [400],
        "Devices of everybody by id, revoked ones included";
    Post "/devices/{device}/revoke", DeviceWrite, devices::revoke, [], Nothing, json::<DeviceRow>(), [404, 409],
        "Revokes a device for good";
    Get "/directory/sources", DirectoryRead, directory::sources, [], Nothing, page::<SourceRow>(), [],
        "The sources that people come from, and how their last run went";
    Post "/directory/sources/{source}/plan", DirectoryRead, directory::plan, [], Nothing, json::<PlanRow>(), [404],
        "Reads a source and says what a run would change; changes nothing";
    Post "/directory/sources/{source}/runs", DirectoryRun, directory::run, [], Sent::Json(Shape::of::<RunOrder>()), json::<PlanRow>(), [404, 409],
        "Runs: whatever the source shows, or exactly a plan that was looked at";
    Get "/directory/runs", DirectoryRead, directory::runs, [Source, Limit, After], Nothing, page::<PastRunRow>(), [400, 404],
        "How runs went, newest first";
    Get "/directory/runs/{run}", DirectoryRead, directory::past, [], Nothing, json::<PastRunRow>(), [404],
        "One run, with the entries that it left out and why";
    Get "/provisioning", IntegrationRead, programs::pushed, [], Nothing, json::<ProvisioningRow>(), [],
        "What providers pushed, and how their brake stands";
    Post "/provisioning/release", PushBrakeRelease, programs::release, [], Nothing, json::<ProvisioningRow>(), [],
        "Lets providers take access from people again, as if nobody had lost any in the last day";
    Get "/policy", PolicyRead, policy::read, [], Nothing, json::<PolicyRow>(), [],
        "The policy in force";
    Patch "/policy", PolicyWrite, policy::publish, [], Sent::Json(Shape::of::<PolicyChange>()), json::<PolicyRow>(), [409],
        "Publishes a policy that permits no more than the one in force, or keeps a draft";
    Get "/policy/rows", PolicyRead, policy::rows, [], Nothing, page::<PolicyKindRow>(), [],
        "What can be set, and who enforces it";
    Get "/policy/scopes", PolicyRules, policy::scopes, [], Nothing, page::<PolicyScopeRow>(), [],
        "Groups and persons with rules of their own";
    Get "/policy/people/{person}", PeopleRead, policy::of_person, [], Nothing, json::<PersonPolicyRow>(), [404],
        "What is in force for one person";
    Get "/policy/draft", PolicyRules, policy::draft, [], Nothing, json::<PolicyPreviewRow>(), [404],
        "Whom the draft reaches, and what it changes for them";
    Delete "/policy/draft", PolicyWrite, policy::discard, [], Nothing, Answered::Nothing, [],
        "Forgets the draft";
    Post "/policy/draft/publish", PolicyWrite, policy::publish_draft, [], Sent::Json(Shape::of::<PolicyDraftOrder>()), json::<PolicyRow>(), [404, 409],
        "Publishes the draft, if it permits no more than what is in force";
    Get "/policy/history", PolicyRules, policy::history, [Limit, After], Nothing, page::<PastPolicyRow>(), [400],
        "The newest versions: when, by whom, and what they set";
    Post "/policy/rollback", PolicyWrite, policy::roll_back, [], Sent::Json(Shape::of::<PolicyRollBack>()), json::<PolicyRow>(), [404, 409],
        "Publishes again what a version said, if it permits no more than what is in force";
    Get "/audit", AuditRead, audit::list, [Order, From, Limit, After], Nothing, page::<AuditRow>(), [400],
        "Entries of the audit, with names";
    Get "/audit/checkpoint", AuditRead, audit::checkpoint, [], Nothing, json::<LogRow>(), [],
        "The newest signed checkpoint of the audit, to be kept elsewhere";
    Post "/audit/prove", AuditRead, audit::prove, [], Sent::Json(Shape::of::<ProofOrder>()), json::<ProofDocument>(), [],
        "Proves that an entry is in the audit, or that it goes on from an earlier checkpoint, to whoever has not the audit";
    Post "/audit/verify", AuditRead, audit::verify, [], Nothing, json::<VerdictRow>(), [],
        "Checks every row of the audit against the checkpoints that were signed, and says what is wrong where";
    Post "/audit/export", AuditRead, audit::export, [], Nothing, Answered::Lines, [],
        "The whole audit without names, a line of JSON each, as `pro-server audit verify FILE` takes it";
    Get "/audit/sinks", AuditRead, audit::sinks, [], Nothing, page::<SinkRow>(), [],
        "Where the audit is sent, how much has arrived, and what keeps the rest";
    Get "/audit/witnesses", AuditRead, audit::witnesses, [], Nothing, page::<WitnessRow>(), [],
        "Who else vouches for the audit, up to where, and what keeps the rest";
    Get "/handover", AuditRead, audit::handover, [], Nothing, page::<StoredRow>(), [],
        "Every table and field that the server stores, and what each says of whom; no value of any";
    Get "/approvals", ApprovalRead, approvals::list, [], Nothing, page::<ApprovalRow>(), [],
        "Acts that wait for a second person, and the newest decisions. Agreeing is for people";
    Get "/approvals/{approval}", ApprovalRead, approvals::read, [], Nothing, json::<ApprovalRow>(), [404],
        "One request, with what exactly would be done";
    Get "/integrations", IntegrationRead, programs::list, [], Nothing, page::<IntegrationRow>(), [],
        "Programs with a token of their own";
    Delete "/integrations/{integration}", IntegrationRevoke, programs::revoke, [], Nothing, Answered::Nothing, [404],
        "Makes a program's token worthless at once";
    Get "/administrators", AdministratorRead, programs::administrators, [], Nothing, page::<AdministratorRow>(), [],
        "The administrators of the console";
    Get "/administrators/present", AdministratorRead, programs::sign_ins, [], Nothing, page::<SignInRow>(), [],
        "Who is signed in to the console";
}

/// A path that actix and OpenAPI read alike.
pub fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
