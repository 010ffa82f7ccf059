//! Logs and metrics. Logs are JSON lines on stderr; our own targets follow RUST_LOG, everybody else's are capped at WARN
//! whatever it says, because dependencies log addresses. Metrics are totals of the process: no label says who or whose.

use std::fmt;
use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use protocol::time::Timestamp;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use crate::clock::Ambient;

/// Targets (crate names) whose events may go below WARN.
const OWN_TARGETS: [&str; 2] = ["pro_server", "isoloir_protocol"];
/// Nobody else's events below this level, ever.
const FOREIGN_LEVEL_MAX: Level = Level::WARN;
/// Not even warnings: the pool gives connections up by itself, above all while the server stops; whoever needed one says so.
const SILENT_TARGETS: [&str; 1] = ["sqlx_core::pool::connection"];

/// The names of all metrics, so that one look shows that none of them can say anything about a person.
pub mod names {
    pub const CONNECTIONS: &str = "isoloir_connections_total";
    pub const CONNECTIONS_REFUSED: &str = "isoloir_connections_refused_total";
    pub const HANDSHAKES_FAILED: &str = "isoloir_tls_handshakes_failed_total";
    pub const REQUESTS: &str = "isoloir_http_requests_total";
    pub const SESSIONS_OPENED: &str = "isoloir_signal_sessions_opened_total";
    pub const SESSIONS_REFUSED: &str = "isoloir_signal_sessions_refused_total";
    pub const FRAMES_REFUSED: &str = "isoloir_signal_frames_refused_total";
    pub const ENVELOPES_DELIVERED: &str = "isoloir_signal_envelopes_delivered_total";
    pub const ENVELOPES_DROPPED: &str = "isoloir_signal_envelopes_dropped_total";
    pub const STUN_ANSWERED: &str = "isoloir_stun_answered_total";
    pub const STUN_DROPPED: &str = "isoloir_stun_dropped_total";
    pub const DIRECTORY_RUNS: &str = "isoloir_directory_runs_total";
    pub const DIRECTORY_RUNS_FAILED: &str = "isoloir_directory_runs_failed_total";
    pub const CERTIFICATE_RELOADS: &str = "isoloir_certificate_reloads_total";
    pub const TASKS_RESTARTED: &str = "isoloir_tasks_restarted_total";
    pub const AUDIT_SINKS_FAILED: &str = "isoloir_audit_sinks_failed_total";

    /// All of them: each is there from the start, at zero.
    pub const ALL: [&str; 16] = [
        CONNECTIONS,
        CONNECTIONS_REFUSED,
        HANDSHAKES_FAILED,
        REQUESTS,
        SESSIONS_OPENED,
        SESSIONS_REFUSED,
        FRAMES_REFUSED,
        ENVELOPES_DELIVERED,
        ENVELOPES_DROPPED,
        STUN_ANSWERED,
        STUN_DROPPED,
        DIRECTORY_RUNS,
        DIRECTORY_RUNS_FAILED,
        CERTIFICATE_RELOADS,
        TASKS_RESTARTED,
        AUDIT_SINKS_FAILED,
    ];
}

/// Adds one to a process total.
pub fn count(name: &'static str) {
    metrics::counter!(name).increment(1);
}

/// The process's recorder; the first call installs it.
pub fn metrics_handle() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            // Somebody else's recorder (a test's) stays; ours then renders nothing.
            let _ = metrics::set_global_recorder(recorder);
            for name in names::ALL {
                metrics::counter!(name).absolute(0);
            }
            handle
        })
        .clone()
}

/// A subscriber that writes JSON lines to `writer`, stamped with `ambient`'s time. `directive` is RUST_LOG's value: a level,
/// or `target=level` pairs of which only our own targets can go below WARN.
pub fn subscriber<W>(ambient: Ambient, directive: &str, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = own_level(directive);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_timer(AmbientTime(ambient))
        .with_writer(writer)
        .with_filter(FilterFn::new(move |metadata| allowed(metadata, level)));
    Registry::default().with(lines)
}

/// Installs [`subscriber`] over stderr for the whole process.
pub fn install(ambient: Ambient) {
    let directive = std::env::var("RUST_LOG").unwrap_or_default();
    // A second call in one process (tests) keeps the first.
    let _ = tracing::subscriber::set_global_default(subscriber(ambient, &directive, std::io::stderr));
}

/// Logs where a panic was, never its message: it may quote what was in memory.
pub fn hook_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
        tracing::error!(file, line, "panic");
    }));
}

fn allowed(metadata: &Metadata<'_>, own: LevelFilter) -> bool {
    let level = *metadata.level();
    if SILENT_TARGETS.contains(&metadata.target()) && level > Level::ERROR {
        return false;
    }
    if is_own(metadata.target()) { level <= own } else { level <= own.min(LevelFilter::from_level(FOREIGN_LEVEL_MAX)) }
}

fn is_own(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or_default();
    OWN_TARGETS.contains(&root)
}

/// The level for our own targets: the most talkative that the directive gives to all, or to one of ours.
fn own_level(directive: &str) -> LevelFilter {
    directive
        .split(',')
        .filter_map(|part| match part.trim().split_once('=') {
            None => part.trim().parse::<LevelFilter>().ok().filter(|_| !part.trim().is_empty()),
            Some((target, level)) if is_own(target.trim()) => level.trim().parse().ok(),
            Some(_) => None,
        })
        .max()
        .unwrap_or(LevelFilter::INFO)
}

/// Log lines carry the injected time, so that a replayed run logs the same bytes.
struct AmbientTime(Ambient);

impl FormatTime for AmbientTime {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        write!(w, "{}", rfc3339(self.0.now()))
    }
}

/// RFC 3339 in UTC with milliseconds. Days to civil date after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub fn rfc3339(time: Timestamp) -> String {
    let ms = time.as_millis();
    let (days, in_day) = (ms / 86_400_000, ms % 86_400_000);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", in_day % 1_000)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("one thread").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn captured(directive: &str, log: impl FnOnce()) -> String {
        let lines = Captured::default();
        let writer = lines.clone();
        let ambient = Ambient::fixed(Timestamp::from_millis(951_782_400_007), [1; 32]);
        let subscriber = subscriber(ambient, directive, move || writer.clone());
        tracing::subscriber::with_default(subscriber, log);
        let bytes = lines.0.lock().expect("one thread").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn dependencies_stay_at_warn_whatever_is_asked_for() {
        for directive in ["trace", "actix_http=trace,rustls=trace,pro_server=trace", "trace,ldap3=trace"] {
            let lines = captured(directive, || {
                tracing::trace!("own detail");
                tracing::info!(target: "actix_http::h1", "canary-address");
                tracing::debug!(target: "rustls::conn", "canary-address");
                tracing::warn!(target: "sqlx::pool", "foreign warning");
                tracing::warn!(target: "sqlx_core::pool::connection", "canary-address");
            });
            assert!(lines.contains("own detail"), "{directive}: {lines}");
            assert!(lines.contains("foreign warning"), "{directive}: {lines}");
            assert!(!lines.contains("canary-address"), "{directive}: {lines}");
        }
    }

    #[test]
    fn the_default_is_info_and_silence_can_be_chosen() {
        let log = || {
            tracing::info!("told");
            tracing::debug!("detail");
        };
        let lines = captured("", log);
        assert!(lines.contains("told") && !lines.contains("detail"), "{lines}");
        assert_eq!(captured("off", log), "");
    }

    #[test]
    fn lines_are_json_with_the_injected_time() {
        let lines = captured("info", || tracing::info!(answer = 42, "told"));
        let line: serde_json::Value = serde_json::from_str(lines.trim()).expect("JSON");
        assert_eq!(line["timestamp"], "2000-02-29T00:00:00.007Z");
        assert_eq!(line["answer"], 42);
    }
}
