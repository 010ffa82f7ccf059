//! What searching costs in a vault full of messages: a question, the index that answers it, and deleting from both.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::figure::{Figure, Report};
use super::{Load, part};

/// A question of any kind.
const QUESTION_MS: f64 = 50.0;
/// What an agent holds for it, with so many messages as the full load has.
const INDEX_MIB: f64 = 32.0;

/// # Errors
/// When the measurement fails.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let run = part("search")?.arg("--folder").arg(folder).args(["--messages", &load.kept.to_string()]).output()?;
    ensure!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let said: Value = serde_json::from_slice(&run.stdout)?;
    let number = |field: &str| said[field].as_f64().with_context(|| field.to_owned());
    let ms = |field: &str| Ok::<_, anyhow::Error>(number(field)? / 1_000.0);
    report.add(Figure::new("search in all messages, p50", ms("p50_us")?, "ms").at_most(QUESTION_MS));
    report.add(Figure::new("search in all messages, p99", ms("p99_us")?, "ms").at_most(QUESTION_MS));
    let opened = number("open_ms")?;
    report.add(Figure::new("search, making the index", number("index_ms")?, "ms").beside("opening the vault", opened));
    report.add(Figure::new("search, memory of the index", number("index_kib")? / 1_024.0, "MiB").at_most(INDEX_MIB));
    let removed = number("remove_1000_ms")?;
    let swept = Figure::new("search, 1,000 deletions out of the index", number("sweep_1000_ms")?, "ms");
    report.add(swept.beside("out of the vault", removed));
    Ok(())
}
