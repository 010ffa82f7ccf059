//! The storage suite: each test runs on SQLite and on PostgreSQL. Without a PostgreSQL in `ISOLOIR_TEST_POSTGRES_URL` the
//! second half fails; it is never skipped.

mod compaction;
mod copy;
mod list;
mod order;
mod schema;
mod scim;
pub(crate) mod tampering;
pub(crate) mod writer;

use std::sync::atomic::{AtomicU32, Ordering};

use protocol::audit::{AdministratorRole, Assignment, PartyKey};
use protocol::directory::Group;
use protocol::ids::{Address, AdministratorId, DeviceId, Hash32, MemberId, OrganizationFingerprint};
use protocol::secret::Secret;
use protocol::time::Timestamp;
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

use super::audit::PartyRow;
use super::log::Tree;
use super::member::NewMember;
use super::*;
use crate::domain::member::{ExternalId, Listing, Lock, Login, Profile, Source};
use device::DeviceRow;
use list::devices_are_read_forward;
use order::{an_older_database_keeps_its_devices_in_order, devices_stand_in_one_order};
use scim::{a_token_is_a_hash_until_it_is_revoked, what_a_provider_said_comes_back};
use writer::{a_newer_database_is_refused, a_reader_sees_one_state_and_waits_for_nobody};

const POSTGRES_URL: &str = "ISOLOIR_TEST_POSTGRES_URL";
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_700_000_600_000);

/// A database of its own for one test.
struct Place {
    location: Location,
    _folder: Option<TempDir>,
}

impl Place {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { location: Location::Sqlite(folder.path().join("a b%.sqlite")), _folder: Some(folder) }
    }

    /// A schema of its own in the server that the variable names.
    async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var(POSTGRES_URL) else {
            panic!("{POSTGRES_URL} is not set; `cargo xtask test` starts a PostgreSQL for it");
        };
        let schema = format!("isoloir_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut connection = sqlx::PgConnection::connect(&url).await.expect("PostgreSQL answers");
        for text in [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")] {
            connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text))).await.expect("a schema");
        }
        connection.close().await.expect("closed");
        let joint = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{joint}options=-c%20search_path%3D{schema}");
        let url = PostgresUrl::parse(&url, None).expect("a URL");
        Self { location: Location::Postgres(url), _folder: None }
    }

    /// With the first schema only.
    async fn open_first(&self) -> Storage {
        Storage::open_as_of(&self.location, NOW, 1).await.expect("opens")
    }

    async fn open(&self) -> Storage {
        Storage::open(&self.location, NOW).await.expect("opens")
    }
}

/// A PostgreSQL database of its own for a test of another room.
pub(crate) async fn postgres_location() -> Location {
    Place::postgres().await.location
}

/// Runs each test on both engines.
macro_rules! storage_suite {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            use super::*;
            $(#[tokio::test] async fn $name() { super::$name(Place::sqlite()).await; })+
        }
        mod postgres {
            use super::*;
            $(#[tokio::test] async fn $name() { super::$name(Place::postgres().await).await; })+
        }
    };
}

storage_suite! {
    migrations_run_once_and_notice_a_change,
    what_is_not_committed_is_not_there,
    members_come_back_as_they_went_in,
    a_login_is_free_once_its_holder_has_left,
    of_whoever_is_removed_only_ids_are_left,
    a_device_comes_once_and_is_revoked_once,
    devices_stand_in_one_order,
    an_older_database_keeps_its_devices_in_order,
    a_code_is_spent_once,
    a_leaf_has_one_place_and_no_hole,
    published_versions_only_grow,
    an_erased_party_is_gone,
    a_link_is_spent_once_and_a_step_only_forward,
    a_foreign_value_is_named_not_guessed,
    a_newer_database_is_refused,
    a_reader_sees_one_state_and_waits_for_nobody,
    what_a_provider_said_comes_back,
    a_token_is_a_hash_until_it_is_revoked,
    devices_are_read_forward,
}

fn profile(login: &str) -> Profile {
    Profile::parse(login, "Notary — 03", "").expect("a sample")
}

async fn add(tx: &mut Tx, number: u8, login: &str) -> Result<MemberId, StorageError> {
    let id = MemberId::from_bytes([number; 16]);
    let external_id = ExternalId::parse(&format!("id-{number}")).expect("a sample");
    let (source, log_salt) = (Source::LDAP, Secret::new([number; 32]));
    let profile = profile(login);
    let (listing, added) = (Listing::Listed, NOW);
    member::insert(
        tx,
        &NewMember { id, source, external_id: &external_id, profile: &profile, listing, log_salt, added },
    )
    .await?;
    Ok(id)
}

fn device_row(number: u8, member: MemberId) -> DeviceRow {
    DeviceRow {
        id: DeviceId::from_bytes([number; 16]),
        member,
        certificate: vec![1; 500],
        envelope_key: vec![2; 1_216],
        door_address: Address::from_bytes([3; 16]),
        door_capability: Secret::new([4; 32]),
        first_leaf: 5,
        leaf_count: 2,
        enrolled: NOW,
        not_after: LATER,
        revoked: None,
        sequence: u64::from(number),
    }
}

async fn migrations_run_once_and_notice_a_change(place: Place) {
    place.open().await.close().await;
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let applied: Vec<(i64, i64)> =
        tx.rows("*", sqlx::query_as("SELECT version, applied_ms FROM schema_migration")).await.unwrap();
    assert_eq!(applied, Vec::from_iter((1..=newest_schema() as i64).map(|version| (version, 1_700_000_000_000))));
    tx.run_text("UPDATE schema_migration SET sha256 = 'other'").await.unwrap();
    tx.commit().await.unwrap();
    storage.close().await;
    let refused = Storage::open(&place.location, NOW).await.err();
    assert_eq!(refused, Some(StorageError::Corrupt { table: "schema_migration", column: "sha256" }));
    assert_eq!(examine(&place.location).await.map(|examined| examined.schema), Ok(newest_schema()));
}

async fn what_is_not_committed_is_not_there(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    organization::found(&mut tx, OrganizationFingerprint::from_bytes([1; 32]), NOW).await.unwrap();
    drop(tx);
    let mut tx = storage.begin().await.unwrap();
    assert_eq!(organization::fingerprint(&mut tx).await, Ok(None));
}

async fn members_come_back_as_they_went_in(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let id = add(&mut tx, 7, "notary03").await.unwrap();
    member::set_identity(&mut tx, id, &[9; 32]).await.unwrap();
    member::set_lock(&mut tx, id, Lock::Locked).await.unwrap();
    let groups = ["Lyon", "étude \"a\""].map(|name| Group::parse(name).unwrap());
    let with_mail = Profile::parse("notary04", "Zoë", "zoe@example.test").unwrap().with_groups(groups.into()).unwrap();
    member::set_profile(&mut tx, id, &with_mail).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = storage.begin().await.unwrap();
    let found = member::find(&mut tx, id).await.unwrap().expect("there");
    assert_eq!((found.source, found.listing, found.lock), (Source::LDAP, Listing::Listed, Lock::Locked));
    assert_eq!((found.profile, found.identity_key), (with_mail.into(), Some([9; 32])));
    assert_eq!(member::all(&mut tx).await.unwrap().len(), 1);
    let nobody = MemberId::from_bytes([0; 16]);
    assert_eq!(member::set_lock(&mut tx, nobody, Lock::Open).await, Err(StorageError::Conflict { table: "member" }));
}

async fn of_whoever_is_removed_only_ids_are_left(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let (id, other) = (add(&mut tx, 1, "notary03").await.unwrap(), add(&mut tx, 2, "notary04").await.unwrap());
    for gone in [id, other] {
        member::remove(&mut tx, gone, LATER, &Secret::new([9; 32])).await.unwrap();
    }
    let kept = member::find(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((kept.listing, kept.external_id.expose()), (Listing::Removed, "id-1"));
    assert!(!format!("{:?}", (kept.profile.login.expose(), kept.profile.name.expose())).contains("otary"));
    assert_eq!(member::find_login(&mut tx, &kept.profile.login).await.unwrap(), None);
    let again = member::remove(&mut tx, id, LATER, &Secret::new([9; 32])).await;
    assert_eq!(again, Err(StorageError::Conflict { table: "member" }));
    assert!(people::of_ids(&mut tx, &[id]).await.unwrap().is_empty());
    assert!(people::find(&mut tx, id).await.unwrap().is_none());
}

async fn a_login_is_free_once_its_holder_has_left(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let first = add(&mut tx, 1, "notary03").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = storage.begin().await.unwrap();
    assert_eq!(add(&mut tx, 2, "notary03").await, Err(StorageError::Conflict { table: "member" }));
    drop(tx);
    let mut tx = storage.begin().await.unwrap();
    member::set_listing(&mut tx, first, Listing::Absent).await.unwrap();
    let second = add(&mut tx, 2, "notary03").await.unwrap();
    let login = Login::parse("notary03").unwrap();
    assert_eq!(member::find_login(&mut tx, &login).await.unwrap().map(|found| found.id), Some(second));
}

async fn a_device_comes_once_and_is_revoked_once(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let member = add(&mut tx, 1, "notary03").await.unwrap();
    let row = device_row(5, member);
    device::insert(&mut tx, &row).await.unwrap();
    let conflict = Err(StorageError::Conflict { table: "device" });
    device::renew(&mut tx, row.id, &[8; 9], LATER.plus_ms(1), 6).await.unwrap();
    device::revoke(&mut tx, row.id, LATER).await.unwrap();
    assert_eq!(device::revoke(&mut tx, row.id, LATER).await, conflict);
    assert_eq!(device::renew(&mut tx, row.id, &[8; 9], LATER, 7).await, conflict);
    let found = device::find(&mut tx, row.id).await.unwrap().expect("there");
    assert_eq!((found.certificate, found.not_after), (vec![8; 9], LATER.plus_ms(1)));
    assert_eq!((found.revoked, found.door_capability.expose()), (Some(LATER), &[4; 32]));
    assert_eq!(device::of_member(&mut tx, member).await.unwrap().len(), 1);
    tx.commit().await.unwrap();

    let mut tx = storage.begin().await.unwrap();
    assert_eq!(device::insert(&mut tx, &row).await, conflict);
    drop(tx);
    let mut tx = storage.begin().await.unwrap();
    let of_nobody = device_row(6, MemberId::from_bytes([0; 16]));
    assert_eq!(device::insert(&mut tx, &of_nobody).await, conflict);
}

async fn a_code_is_spent_once(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let member = add(&mut tx, 1, "notary03").await.unwrap();
    let [first, second] = [1, 2].map(|byte| Hash32::from_bytes([byte; 32]));
    code::put(&mut tx, first, member, NOW, LATER).await.unwrap();
    code::put(&mut tx, second, member, NOW, LATER).await.unwrap();
    assert_eq!(code::find(&mut tx, first).await, Ok(None), "the earlier code is withdrawn");
    let device = DeviceId::from_bytes([7; 16]);
    code::spend(&mut tx, second, device).await.unwrap();
    assert_eq!(code::spend(&mut tx, second, device).await, Err(StorageError::Conflict { table: "enrollment_code" }));
    let found = code::find(&mut tx, second).await.unwrap().expect("kept until it expires");
    assert_eq!((found.member, found.expires, found.spent_by), (member, LATER, Some(device)));
    code::withdraw(&mut tx, member).await.unwrap();
    assert_eq!(code::find(&mut tx, second).await, Ok(None));
}

async fn a_leaf_has_one_place_and_no_hole(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let hash = |byte| Hash32::from_bytes([byte; 32]);
    for position in 0..5_u8 {
        log::append(&mut tx, u64::from(position), &[position], hash(position)).await.unwrap();
    }
    log::put_checkpoints(&mut tx, &[]).await.unwrap();
    log::put_checkpoints(&mut tx, &[(Tree::Directory, 4, "four".to_owned())]).await.unwrap();
    let both = [(Tree::Directory, 5, "five".to_owned()), (Tree::Audit, 9, "nine".to_owned())];
    log::put_checkpoints(&mut tx, &both).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = storage.begin().await.unwrap();
    let page = |from: u8, until: u8| (from..until).map(|n| (vec![n], hash(n))).collect::<Vec<_>>();
    assert_eq!(log::page(&mut tx, 0, 9).await, Ok(page(0, 5)));
    assert_eq!(log::page(&mut tx, 1, 2).await, Ok(page(1, 3)));
    assert_eq!(log::page(&mut tx, 5, 9).await, Ok(Vec::new()));
    assert_eq!(log::leaves(&mut tx, 3, 1).await, Ok(vec![vec![3]]));
    assert_eq!(log::leaves(&mut tx, 7, 9).await, Ok(vec![]));
    assert_eq!(log::newest_checkpoint(&mut tx, Tree::Directory).await, Ok(Some((5, "five".into()))));
    let taken = log::append(&mut tx, 4, &[9], hash(9)).await;
    assert_eq!(taken, Err(StorageError::Conflict { table: "log_leaf" }));
    drop(tx);
    let mut tx = storage.begin().await.unwrap();
    log::append(&mut tx, 6, &[6], hash(6)).await.unwrap();
    let hole = log::page(&mut tx, 0, 9).await;
    assert_eq!(hole, Err(StorageError::Corrupt { table: "log_leaf", column: "position" }));
}

async fn published_versions_only_grow(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    organization::publish_list(&mut tx, 1, &[1; 32], NOW).await.unwrap();
    organization::publish_list(&mut tx, 2, &[2; 32], LATER).await.unwrap();
    let again = organization::publish_list(&mut tx, 2, &[3; 32], LATER).await;
    assert_eq!(again, Err(StorageError::Conflict { table: "directory_version" }));
    let list = organization::published_list(&mut tx).await.unwrap();
    assert_eq!((list.version, list.issued, list.salt), (2, LATER, Some([2; 32])));
    policy::put(&mut tx, 1, b"one").await.unwrap();
    policy::put(&mut tx, 2, b"two").await.unwrap();
    assert_eq!(policy::newest(&mut tx).await, Ok(Some((2, b"two".to_vec()))));
    assert_eq!(policy::put(&mut tx, 2, b"other").await, Err(StorageError::Conflict { table: "policy" }));
}

async fn an_erased_party_is_gone(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let row = PartyRow { pseudonym: [1; 16], key: PartyKey::new([2; 32]) };
    audit::put_party(&mut tx, b"party", &row).await.unwrap();
    let found = audit::party(&mut tx, b"party").await.unwrap().expect("there");
    assert_eq!((found.pseudonym, found.key.expose()), ([1; 16], &[2; 32]));
    audit::erase_party(&mut tx, b"party").await.unwrap();
    assert!(audit::party(&mut tx, b"party").await.unwrap().is_none());
    assert_eq!(audit::erase_party(&mut tx, b"party").await, Err(StorageError::Conflict { table: "audit_party" }));
}

async fn a_link_is_spent_once_and_a_step_only_forward(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let (id, hash) = (AdministratorId::from_bytes([1; 16]), Hash32::from_bytes([2; 32]));
    let link = administrator::NewLink { hash, expires: LATER, totp_sealed: b"sealed" };
    administrator::insert(&mut tx, id, &[Assignment::everywhere(AdministratorRole::Owner)], &link, NOW).await.unwrap();
    let name = Login::parse("claire").unwrap();
    let chosen = administrator::Chosen { name: &name, password: "hash", totp_step: 9, signed_in: NOW };
    administrator::set_up(&mut tx, id, hash, &chosen).await.unwrap();
    let conflict = Err(StorageError::Conflict { table: "administrator" });
    assert_eq!(administrator::set_up(&mut tx, id, hash, &chosen).await, conflict);
    assert!(administrator::find_link(&mut tx, hash).await.unwrap().is_none());
    for (checked, step) in [("hash", 9), ("hash", 8), ("other", 10)] {
        assert_eq!(administrator::sign_in(&mut tx, id, checked, step, LATER).await, conflict, "{checked} {step}");
    }
    administrator::sign_in(&mut tx, id, "hash", 10, LATER).await.unwrap();
    let found = administrator::find_name(&mut tx, &name).await.unwrap().expect("there");
    assert_eq!((found.totp_step, found.signed_in, found.roles.len()), (10, Some(LATER), 1));

    administrator::remove(&mut tx, id, LATER).await.unwrap();
    assert_eq!(administrator::reset(&mut tx, id, &link).await, conflict);
    assert!(administrator::all(&mut tx).await.unwrap().is_empty());
    let kept = administrator::find(&mut tx, id).await.unwrap().expect("kept for the audit");
    assert_eq!((kept.name.as_ref().map(|name| name.expose().as_str()), kept.password), (Some("claire"), None));
    assert_eq!(kept.totp_sealed, None);
}

async fn a_foreign_value_is_named_not_guessed(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let id = add(&mut tx, 1, "notary03").await.unwrap();
    tx.run_text("UPDATE member SET listed = 7").await.unwrap();
    let refused = member::find(&mut tx, id).await.err();
    assert_eq!(refused, Some(StorageError::Corrupt { table: "member", column: "listed" }));
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_the_old_state() {
    let place = Place::sqlite();
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    policy::put(&mut tx, 1, b"small").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = storage.begin().await.unwrap();
    // The engine's own way of saying that no page can be added.
    tx.run_text("PRAGMA max_page_count = 1").await.unwrap();
    assert_eq!(policy::put(&mut tx, 2, &vec![7; 4 << 20]).await, Err(StorageError::Full));
    drop(tx);
    let mut tx = storage.begin().await.unwrap();
    assert_eq!(policy::newest(&mut tx).await, Ok(Some((1, b"small".to_vec()))));
}
