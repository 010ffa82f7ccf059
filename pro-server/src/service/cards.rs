//! Enrollment cards: one-time codes for everybody of a group who has no device, in one change. The codes leave in the answer
//! and stay nowhere.

use std::collections::BTreeMap;

use protocol::audit::AuditEvent;
use protocol::directory::Group;
use protocol::secret::Secret;
use protocol::time::Timestamp;

use crate::domain::access::{CodeWrite, Grant};
use crate::identity::code::{CODE_LIFETIME_MS, Code};
use crate::storage;
use crate::storage::approval::needs_two;
use crate::storage::people::{self, PersonRow, WaitingRow};

use super::{Denial, ServiceError, Services};

/// People without a device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub without_code: u64,
    /// A code that was made for them is still good.
    pub with_code: u64,
}

/// In which groups people wait.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    pub everybody: Waiting,
    pub groups: BTreeMap<Group, Waiting>,
}

/// What becomes of codes that are still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlierCodes {
    /// Whoever has one gets no card.
    Keep,
    /// Whoever has one gets a card, and the earlier code is worth nothing. Codes that were made at this moment or later are not
    /// earlier ones: with the moment of the first cards of an order, the next ones go on where those ended.
    Replace { made_before: Option<Timestamp> },
}

/// For whom cards are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Everybody if none.
    pub group: Option<&'a Group>,
    pub earlier: EarlierCodes,
    pub cards_max: usize,
}

/// A code and whose it is.
#[derive(Debug, Clone)]
pub struct Card {
    pub person: PersonRow,
    /// Shown once, never stored.
    pub code: Secret<String>,
    pub expires: Timestamp,
}

/// What was made.
#[derive(Debug, Clone)]
pub struct Cards {
    /// In the order of (login, id).
    pub cards: Vec<Card>,
    /// People of the order beyond the most at once.
    pub left: u64,
    /// Codes made before then were earlier ones.
    pub began: Timestamp,
}

impl Waiting {
    fn add(&mut self, row: &WaitingRow) {
        if row.code_expires.is_some() {
            self.with_code += 1;
        } else {
            self.without_code += 1;
        }
    }
}

impl Order<'_> {
    fn began(&self, now: Timestamp) -> Timestamp {
        match self.earlier {
            EarlierCodes::Replace { made_before: Some(began) } => began.min(now),
            EarlierCodes::Replace { made_before: None } | EarlierCodes::Keep => now,
        }
    }

    fn is_for(&self, row: &WaitingRow) -> bool {
        let gets_one = |expires: Timestamp| match self.earlier {
            EarlierCodes::Keep => false,
            EarlierCodes::Replace { made_before: None } => true,
            EarlierCodes::Replace { made_before: Some(began) } => expires < began.plus_ms(CODE_LIFETIME_MS),
        };
        self.group.is_none_or(|group| row.groups.contains(group)) && row.code_expires.is_none_or(gets_one)
    }
}

impl Services {
    /// In which groups people wait for a first device.
    pub async fn card_choices(&self, grant: &Grant<CodeWrite>) -> Result<Choices, ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let mut choices = Choices::default();
        let is_for_all = !needs_two(&mut tx).await?;
        for row in people::waiting(&mut tx, self.inner.ambient.now()).await? {
            if !grant.reach().holds(&row.groups) || !(is_for_all || row.is_newcomer) {
                continue;
            }
            choices.everybody.add(&row);
            for group in &row.groups {
                choices.groups.entry(group.clone()).or_default().add(&row);
            }
        }
        Ok(choices)
    }

    /// Makes codes for the people of `order`, all of them or none.
    pub async fn create_cards(&self, grant: &Grant<CodeWrite>, order: Order<'_>) -> Result<Cards, ServiceError> {
        let mut change = self.inner.change().await?;
        let (now, expires) = (change.now, change.now.plus_ms(CODE_LIFETIME_MS));
        let mut rows = people::waiting(&mut change.tx, now).await?;
        // A code for whoever has had a device makes them anew: that is asked for one by one.
        let is_for_all = !needs_two(&mut change.tx).await?;
        rows.retain(|row| grant.reach().holds(&row.groups) && order.is_for(row) && (is_for_all || row.is_newcomer));
        let left = rows.len().saturating_sub(order.cards_max) as u64;
        rows.truncate(order.cards_max);
        if rows.iter().any(|row| !row.is_newcomer) && !grant.proved().is_fresh(now) {
            return Err(Denial::SignInAgain.into());
        }
        let mut made = Vec::with_capacity(rows.len());
        for row in rows {
            let code = Code::draw(&self.inner.ambient);
            storage::code::put(&mut change.tx, code.hash(), row.person.id, now, expires).await?;
            self.codes().put(code.hash());
            change.audit(AuditEvent::EnrollmentCodeCreated, Some(row.person.id), grant.actor()).await?;
            made.push(Card { person: row.person, code: code.text(), expires });
        }
        if !made.is_empty() {
            change.commit(0..0).await?;
        }
        Ok(Cards { cards: made, left, began: order.began(now) })
    }
}
