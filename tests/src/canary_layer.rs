//! A `tracing` layer that fails the test in which a canary is recorded: in the message, a field or a span of any target at
//! any level. Privacy as a failing test, always on.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The layer; give it to the subscriber and keep the [`Guard`].
pub struct CanaryLayer(Arc<Recorded>);

/// Fails the test when it is dropped and a canary was recorded.
pub struct Guard(Arc<Recorded>);

struct Recorded {
    canaries: Vec<String>,
    found: Mutex<Vec<String>>,
}

/// A layer that looks for these texts, and its guard.
pub fn canary_layer<'a>(canaries: impl IntoIterator<Item = &'a str>) -> (CanaryLayer, Guard) {
    let canaries = canaries.into_iter().map(str::to_lowercase).collect();
    let recorded = Arc::new(Recorded { canaries, found: Mutex::default() });
    (CanaryLayer(Arc::clone(&recorded)), Guard(recorded))
}

impl Guard {
    /// What was recorded and must not have been, with its place. Empties the list.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let found = self.take();
        assert!(found.is_empty() || std::thread::panicking(), "recorded and must not be: {found:#?}");
    }
}

impl Recorded {
    fn check(&self, metadata: &Metadata<'_>, text: &str) {
        let lower = text.to_lowercase();
        for canary in self.canaries.iter().filter(|canary| lower.contains(canary.as_str())) {
            let place = format!(
                "{canary:?} by {} ({}:{})",
                metadata.target(),
                metadata.file().unwrap_or("?"),
                metadata.line().unwrap_or(0)
            );
            self.found.lock().unwrap_or_else(PoisonError::into_inner).push(place);
        }
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for CanaryLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, _id: &Id, _context: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        self.0.check(attributes.metadata(), &text.0);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut text = Text::default();
        values.record(&mut text);
        if let Some(metadata) = context.metadata(id) {
            self.0.check(metadata, &text.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.0.check(event.metadata(), &text.0);
    }
}

/// All fields as one text.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, _field: &Field, value: &str) {
        let _ = writeln!(self.0, "{value}");
    }

    fn record_debug(&mut self, _field: &Field, value: &dyn fmt::Debug) {
        let _ = writeln!(self.0, "{value:?}");
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::prelude::*;

    use super::*;

    const CANARY: &str = "canary-of-the-registry";

    fn found(act: impl FnOnce()) -> usize {
        let (layer, guard) = canary_layer([CANARY]);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), act);
        guard.take().len()
    }

    #[test]
    fn finds_a_canary_in_message_field_and_span() {
        assert_eq!(found(|| tracing::trace!("hello {CANARY}")), 1);
        assert_eq!(found(|| tracing::debug!(login = CANARY, "hello")), 1);
        assert_eq!(found(|| tracing::debug!(login = ?Some(CANARY), "hello")), 1);
        assert_eq!(found(|| drop(tracing::trace_span!("run", login = CANARY))), 1);
        assert_eq!(
            found(|| {
                let span = tracing::trace_span!("run", login = tracing::field::Empty);
                span.record("login", CANARY);
            }),
            1
        );
    }

    #[test]
    fn passes_what_is_not_personal() {
        assert_eq!(found(|| tracing::info!(people = 40, "directory run")), 0);
    }

    #[test]
    fn a_dropped_guard_fails_the_test() {
        let outcome = std::panic::catch_unwind(|| {
            let (layer, _guard) = canary_layer([CANARY]);
            tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
                tracing::info!("{CANARY}")
            });
        });
        assert!(outcome.is_err());
    }
}
