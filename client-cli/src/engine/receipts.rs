//! Whether authors are told that this person read their messages: the organization's rule, or the person's choice where it leaves that
//! to them. What was read while nobody was told is never told later.

use protocol::policy::ReadReceipts;
use serde_json::{Value, json};

use super::Engine;
use super::port::Fault;
use super::requests::Refused;
use crate::store::records::{Choices, Receipts, Seen};
use crate::store::tables::CHOICES;
use crate::store::{Reading as _, VaultError};

impl Engine {
    /// What is in force; with a word, after the person has chosen.
    pub(super) fn receipts(&mut self, chosen: Option<Receipts>) -> Result<Value, Refused> {
        let rule = self.trust.policy().read_receipts();
        if let Some(receipts) = chosen {
            if rule != ReadReceipts::User {
                return Err(Fault::new("policy-receipts").into());
            }
            self.vault.write(|tx| -> Result<(), VaultError> {
                let choices = tx.get(&CHOICES, &())?.unwrap_or_default();
                tx.put(&CHOICES, &(), &Choices { receipts, ..choices })
            })?;
        }
        let rule = match rule {
            ReadReceipts::User => "user",
            ReadReceipts::Off => "off",
            ReadReceipts::On => "on",
        };
        Ok(json!({"receipts": self.receipts_in_force()?, "rule": rule}))
    }

    fn receipts_in_force(&self) -> Result<Receipts, VaultError> {
        match self.trust.policy().read_receipts() {
            ReadReceipts::On => Ok(Receipts::On),
            ReadReceipts::Off => Ok(Receipts::Off),
            ReadReceipts::User => {
                Ok(self.vault.read(|tx| tx.get(&CHOICES, &()))?.map(|choices| choices.receipts).unwrap_or_default())
            }
        }
    }

    /// How a message counts as read now.
    pub(super) fn seen_now(&self) -> Result<Seen, VaultError> {
        Ok(match self.receipts_in_force()? {
            Receipts::On => Seen::Here,
            Receipts::Off => Seen::Quietly,
        })
    }
}
