//! Enrollment cards for a whole department: chosen on one page, printed from the answer to its form and shown nowhere else. On
//! the screen, the printable page shows whose cards they are, never a code.

use actix_web::web;
use askama::Template;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::{Answer, OK};
use crate::api::{CARDS_MAX, CardChoices, CardOrder, Cards, EarlierCodes, EnrollmentCode, Right, Waiting};
use crate::page::Section;
use crate::qr;
use crate::view::View;
use crate::visit::{Act, Signed, go};

const ADDRESS: &str = "/admin/people/cards";
/// In the form: earlier codes are to be replaced.
const REPLACE: &str = "replace";

#[derive(Template)]
#[template(path = "cards.html")]
pub struct ChoicePage<'a> {
    v: &'a View,
    choices: &'a CardChoices,
    /// Nobody of the group that was chosen gets one.
    nobody: bool,
}

impl<'a> ChoicePage<'a> {
    pub(super) fn new(v: &'a View, choices: &'a CardChoices, answer: &str) -> Self {
        Self { v, choices, nobody: answer == "nobody" }
    }

    fn is_anybody(&self) -> bool {
        self.choices.everybody != Waiting::default()
    }

    /// A name, and how many people of it wait.
    fn option(&self, name: &str, waiting: &Waiting) -> String {
        let count = self.v.n(waiting.without_code);
        let made = self.v.n(waiting.with_code);
        let values = [("name", name.into()), ("count", count.into()), ("made", made.into())];
        self.v.words.say_with("cards-option", &values)
    }

    fn cards_max(&self) -> String {
        self.v.tn("cards-at-once", CARDS_MAX as u64)
    }
}

#[derive(Template)]
#[template(path = "cards_print.html")]
pub struct PrintPage<'a> {
    v: &'a View,
    cards: &'a Cards,
    order: &'a CardOrder,
}

impl<'a> PrintPage<'a> {
    pub(super) fn new(v: &'a View, cards: &'a Cards, order: &'a CardOrder) -> Self {
        Self { v, cards, order }
    }

    fn group(&self) -> &str {
        self.order.group.as_ref().map_or("", |name| name.expose())
    }

    /// For the form that goes on with the same order: its word for what becomes of earlier codes, and since when none is earlier.
    fn earlier(&self) -> &'static str {
        match self.order.earlier {
            EarlierCodes::Replace { .. } => REPLACE,
            EarlierCodes::Keep => "",
        }
    }

    fn began_ms(&self) -> String {
        self.cards.began.map(|began| began.as_millis().to_string()).unwrap_or_default()
    }

    fn qr(&self, card: &EnrollmentCode) -> String {
        qr::svg(card.link.expose(), &self.v.t("code-qr-label")).unwrap_or_default()
    }
}

/// `GET /admin/people/cards`
pub async fn choose(signed: Signed, pairs: web::Query<Vec<(String, String)>>) -> Answer {
    signed.must(Right::CodeForAnybody)?;
    let choices = signed.api().card_choices(&signed.who).await.map_err(|error| signed.refused(&error))?;
    let content = ChoicePage::new(&signed.view, &choices, super::pair(&pairs, "answer"));
    Ok(signed.page(OK, Section::People, "cards-title", &content))
}

/// `GET /admin/people/cards/print`: after a change of language, for example; the cards are not shown again.
pub async fn back(_: Signed) -> Answer {
    Ok(go(ADDRESS))
}

/// `POST /admin/people/cards/print`
pub async fn print(act: Act) -> Answer {
    let group = Some(act.form.text("group")).filter(|name| !name.is_empty()).map(Personal::from);
    let earlier = match act.form.text("earlier") {
        REPLACE => {
            let began = act.form.text("made_before").parse().map(Timestamp::from_millis);
            EarlierCodes::Replace { made_before: began.ok() }
        }
        _ => EarlierCodes::Keep,
    };
    let order = CardOrder { group, earlier };
    let cards = act.api().create_cards(&act.who, &order).await.map_err(|error| act.refused(&error))?;
    if cards.cards.is_empty() {
        return Ok(go(&format!("{ADDRESS}?answer=nobody")));
    }
    Ok(act.page(OK, Section::People, "cards-print-title", &PrintPage::new(&act.view, &cards, &order)))
}
