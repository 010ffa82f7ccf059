//! The engine and names: whom a login means for this person, and by which name each member is shown and reached. A name that the person
//! has used means the same member until the person says otherwise; whoever bears it besides is called by their id.

use std::collections::BTreeSet;

use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::secret::Personal;
use serde_json::json;

use super::port::Fault;
use super::standing::Acquaintances;
use super::{Engine, EngineError};
use crate::core::identity::Bond;
use crate::core::logins::folded;
use crate::core::peer::Relation;
use crate::store::records::LoginRecord;
use crate::store::tables::LOGINS;
use crate::store::{Reading as _, Span, VaultError};

/// Where a login is kept.
fn place_of(login: &str) -> [u8; 16] {
    let [place @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *Hash32::sha256(login.as_bytes()).as_bytes();
    place
}

impl Engine {
    /// Whom the person knows under which login. A folder of before this was kept takes them from acquaintances; where two of them bore
    /// the same login, the one whom the directory names now comes second, so that the person is asked.
    pub(super) fn remember_logins(&mut self) -> Result<(), EngineError> {
        let kept = self.vault.read(|tx| -> Result<Vec<LoginRecord>, VaultError> {
            tx.scan(&LOGINS, Span::all()).map(|row| row.map(|(_, record)| record)).collect()
        })?;
        for record in kept {
            self.logins.give(record.login.expose(), record.member);
        }
        let met = self.peers.values().map(|peer| &peer.record);
        let met = met
            .filter(|peer| !matches!(peer.relation, Relation::Stranger | Relation::Asked) || peer.verified.is_some());
        let listed = |login: &str| self.trust.person_by_login(login).map(|person| person.member);
        let mut met: Vec<(bool, MemberId)> =
            met.map(|peer| (listed(peer.login.expose()) == Some(peer.member), peer.member)).collect();
        met.sort_unstable();
        for (_, member) in met {
            self.know_login(member)?;
        }
        Ok(())
    }

    /// The person deals with `member` under the login of today, unless they know somebody else under it.
    pub(super) fn know_login(&mut self, member: MemberId) -> Result<(), EngineError> {
        let Some(login) = self.acquaintances().login(member).map(str::to_owned) else { return Ok(()) };
        // Whoever has shown no login is called by their id.
        if login == member.to_string() || !self.logins.learn(&login, member) {
            return Ok(());
        }
        self.keep_login(&login, member)
    }

    /// The person has said that this login is this member's now.
    pub(super) fn give_login(&mut self, member: MemberId) -> Result<(), EngineError> {
        let Some(login) = self.acquaintances().login(member).map(str::to_owned) else { return Ok(()) };
        self.keep_login(&login, member)?;
        self.logins.give(&login, member);
        Ok(())
    }

    fn keep_login(&self, login: &str, member: MemberId) -> Result<(), EngineError> {
        let login = folded(login);
        let (place, record) = (place_of(&login), LoginRecord { login: Personal::new(login), member });
        Ok(self.vault.write(|tx| tx.put(&LOGINS, &place, &record))?)
    }

    /// Whom the person knows goes on to be known when the directory names them anew; whoever takes over a known login is told.
    pub(super) fn follow_logins(&mut self, changed: &[MemberId]) -> Result<(), EngineError> {
        let known: BTreeSet<MemberId> = self.logins.all().map(|(_, member)| member).collect();
        for member in changed {
            if known.contains(member) {
                self.know_login(*member)?;
            }
        }
        for member in changed {
            if self.bond(*member) == Bond::Reassigned {
                self.tell_reset(*member);
            }
        }
        Ok(())
    }

    /// Members to whom the directory gives a login under which the person knows somebody else.
    pub(super) fn newcomers(&self) -> impl Iterator<Item = MemberId> {
        let me = self.me.account.member;
        let listed = move |(login, holder): (&str, MemberId)| {
            let member = self.trust.person_by_login(login)?.member;
            (member != holder && member != me && self.bond(member) == Bond::Reassigned).then_some(member)
        };
        self.logins.all().filter_map(listed)
    }

    /// A person whom a caller names: as this person knows them, else in the directory, else met before, else by their id.
    pub(super) fn find(&self, who: &str) -> Result<MemberId, Fault> {
        let who = who.trim();
        let account = &self.me.account;
        if folded(account.login.expose()) == folded(who) {
            return Ok(account.member);
        }
        let is_met = |peer: &&super::PeerState| folded(peer.record.login.expose()) == folded(who);
        let by_id = || {
            let member: MemberId = who.parse().ok()?;
            let is_known = self.trust.person(member).is_some() || self.peers_of(member).next().is_some();
            is_known.then_some(member)
        };
        let found = (self.logins.holder(who))
            .or_else(|| self.trust.person_by_login(who).map(|person| person.member))
            .or_else(|| self.peers.values().find(is_met).map(|peer| peer.record.member))
            .or_else(by_id);
        let unknown = || if self.trust.knows_directory() { "unknown-person" } else { "directory-unknown" };
        found.ok_or_else(|| Fault::new(unknown()))
    }

    /// What a member is called: the login, where it leads to them, else their id. A name that leads to somebody else is never shown.
    pub(super) fn login_of(&self, member: MemberId) -> String {
        if member == self.me.account.member {
            return self.me.account.login.expose().clone();
        }
        let login = self.acquaintances().login(member).filter(|login| self.find(login) == Ok(member));
        login.map_or_else(|| member.to_string(), str::to_owned)
    }

    /// What the person of a device is called.
    pub(super) fn login_of_peer(&self, device: DeviceId) -> Option<String> {
        self.peers.get(&device).map(|peer| self.login_of(peer.record.member))
    }

    /// Somebody asks to talk: said with their name, since whoever is not known may have no login here but an id.
    pub(super) fn tell_asked(&self, device: DeviceId) {
        let Some(member) = self.peers.get(&device).map(|peer| peer.record.member) else { return };
        let (login, name) = (self.login_of(member), self.name_of(member));
        self.emit(json!({"event": "contact", "login": login, "name": name, "relation": "asks"}));
    }

    /// The person's name, as the directory or the last card has it.
    pub(super) fn name_of(&self, member: MemberId) -> Option<String> {
        let listed = self.trust.person(member).map(|person| &person.name);
        let met = || self.peers_of(member).next().map(|peer| &peer.record.name);
        listed.or_else(met).map(|name| name.expose().clone())
    }

    /// Nothing is sent to a name that means somebody for this person and somebody else for the organization: the person says which.
    pub(super) fn refuse_reassigned(&self, who: &str) -> Result<(), Fault> {
        let listed = self.trust.person_by_login(who.trim()).map(|person| person.member);
        match listed.filter(|member| self.logins.is_anothers(who, *member)) {
            Some(newcomer) => Err(Fault::with("login-reassigned", self.login_of(newcomer))),
            None => Ok(()),
        }
    }

    /// Nothing is sent to a name that several people bear, of whom the person knows none under it: the person says by id whom they mean.
    pub(super) fn refuse_shared(&self, who: &str) -> Result<(), Fault> {
        let bearers = self.trust.bearers(who.trim());
        if bearers.is_empty() || self.logins.holder(who).is_some() {
            return Ok(());
        }
        let named = |member: &MemberId| format!("{} ({member})", self.name_of(*member).unwrap_or_default());
        Err(Fault::with("login-shared", bearers.iter().map(named).collect::<Vec<_>>().join(", ")))
    }

    /// What the engine knows of people, to judge by.
    pub(super) const fn acquaintances(&self) -> Acquaintances<'_> {
        Acquaintances { trust: &self.trust, peers: &self.peers, identities: &self.identities, logins: &self.logins }
    }
}
