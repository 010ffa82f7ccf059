//! `contacts accept` and `verify --confirm`: what a person goes on with is what this command has shown them. Whoever sits at a terminal is
//! asked; a script names the number that was compared.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use super::{Failure, Session, Shell};
use crate::rpc::{Decision, Fault, Request};

/// What the person says about a safety number.
pub(super) enum Compared {
    /// It was the same, and this one; without a number the person is asked in front of it.
    Same(Option<String>),
    /// It was not, or they do not say.
    TakenBack,
}

impl Shell<'_> {
    pub(super) async fn decide(&self, who: String, decision: Decision) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let decided = self.decided(&mut session, who, decision).await;
        session.end().await?;
        let (request, answer) = decided?;
        self.printer.answer(&request, &answer);
        Ok(())
    }

    async fn decided(
        &self,
        session: &mut Session,
        who: String,
        decision: Decision,
    ) -> Result<(Request, Value), Failure> {
        let mut number = None;
        if decision == Decision::Accept {
            let look = Request::Verify { who: who.clone(), confirm: None, number: None };
            // Whoever has no number yet has nothing to go on with: the engine says what stands in the way.
            let shown = session.caller.ask(look.clone()).await.unwrap_or_default();
            if shown["identity_reset"].is_object() {
                self.printer.show(&look, &shown);
                number = number_of(&shown);
                if io::stdin().is_terminal() && !self.agrees("ask-go-on").await? {
                    return Err(Fault::new("not-agreed").into());
                }
            }
        }
        let request = Request::Decide { who, decision, number };
        let answer = session.caller.ask(request.clone()).await?;
        Ok((request, answer))
    }

    pub(super) async fn compare(&self, who: String, compared: Compared) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let verified = self.compared(&mut session, who, compared).await;
        session.end().await?;
        let (request, answer) = verified?;
        self.printer.answer(&request, &answer);
        Ok(())
    }

    async fn compared(
        &self,
        session: &mut Session,
        who: String,
        compared: Compared,
    ) -> Result<(Request, Value), Failure> {
        let (confirm, number) = match compared {
            Compared::TakenBack => (false, None),
            Compared::Same(Some(number)) => (true, Some(number)),
            Compared::Same(None) if io::stdin().is_terminal() => {
                let look = Request::Verify { who: who.clone(), confirm: None, number: None };
                let shown = session.caller.ask(look.clone()).await?;
                self.printer.show(&look, &shown);
                if !self.agrees("ask-same-number").await? {
                    return Err(Fault::new("not-agreed").into());
                }
                (true, number_of(&shown))
            }
            Compared::Same(None) => return Err(Fault::with("safety-number-needed", who).into()),
        };
        let request = Request::Verify { who, confirm: Some(confirm), number };
        let answer = session.caller.ask(request.clone()).await?;
        Ok((request, answer))
    }

    /// Asks the person at the terminal; anything but a yes is a no.
    async fn agrees(&self, question: &str) -> Result<bool, Failure> {
        eprint!("{} ", self.printer.words.say(question));
        let yes = self.printer.words.say("answer-yes");
        let _ = io::stderr().flush();
        let typed = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().read_line(&mut line).map(|_| line)
        });
        let line = typed.await.ok().and_then(Result::ok).ok_or_else(|| Fault::new("no-terminal"))?;
        Ok(line.trim().eq_ignore_ascii_case(&yes))
    }
}

fn number_of(row: &Value) -> Option<String> {
    row["safety_number"].as_str().map(str::to_owned)
}
