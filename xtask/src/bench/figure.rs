//! Figures, each with what stands beside it, as a table for people and as JSON for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

/// What a figure is held against: a floor that nothing can undercut, or a rival that does the same work.
#[derive(Clone, Debug)]
struct Beside {
    name: &'static str,
    value: f64,
}

/// What is known to be reachable on a machine of two such cores.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

/// One measured figure.
#[derive(Clone, Debug)]
pub struct Figure {
    name: &'static str,
    unit: &'static str,
    value: f64,
    beside: Vec<Beside>,
    wanted: Option<Wanted>,
}

impl Figure {
    pub fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Self { name, unit, value, beside: Vec::new(), wanted: None }
    }

    /// In the same unit, out of the same run.
    #[must_use]
    pub fn beside(mut self, name: &'static str, value: f64) -> Self {
        self.beside.push(Beside { name, value });
        self
    }

    #[must_use]
    pub fn at_most(mut self, value: f64) -> Self {
        self.wanted = Some(Wanted::AtMost(value));
        self
    }

    #[must_use]
    pub fn at_least(mut self, value: f64) -> Self {
        self.wanted = Some(Wanted::AtLeast(value));
        self
    }

    fn json(&self) -> Value {
        let beside = self.beside.iter().map(|Beside { name, value }| {
            let ratio = (*value != 0.0).then(|| rounded(self.value / value));
            json!({"name": name, "value": rounded(*value), "ratio": ratio})
        });
        json!({
            "name": self.name, "unit": self.unit, "value": rounded(self.value), "beside": beside.collect::<Vec<_>>(),
            "wanted": match self.wanted {
                Some(Wanted::AtMost(value)) => json!({"at_most": value}),
                Some(Wanted::AtLeast(value)) => json!({"at_least": value}),
                None => Value::Null,
            },
            "met": self.met(),
        })
    }

    /// Whether what is wanted was reached, in words; nothing when nothing is.
    fn mark(&self) -> String {
        let word = if self.met() == Some(true) { "met" } else { "NOT MET" };
        match self.wanted {
            Some(Wanted::AtMost(value)) => format!("  {word} ≤ {}", shown(value)),
            Some(Wanted::AtLeast(value)) => format!("  {word} ≥ {}", shown(value)),
            None => String::new(),
        }
    }

    fn met(&self) -> Option<bool> {
        self.wanted.map(|wanted| match wanted {
            Wanted::AtMost(value) => self.value <= value,
            Wanted::AtLeast(value) => self.value >= value,
        })
    }
}

/// Everything measured so far, and what the CPU time went into.
#[derive(Clone, Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
    profiles: Vec<(&'static str, Vec<(String, f64)>)>,
}

impl Report {
    pub fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// The shares, in percent, of what a load spent its CPU time on.
    pub fn explain(&mut self, load: &'static str, shares: Vec<(String, f64)>) {
        self.profiles.push((load, shares));
    }

    pub fn table(&self) -> String {
        let mut text = String::new();
        let width = self.figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or_default();
        for figure in &self.figures {
            let mark = figure.mark();
            let _ = writeln!(text, "{:width$}  {:>9} {:8}{mark}", figure.name, shown(figure.value), figure.unit);
            for Beside { name, value } in &figure.beside {
                let ratio = if *value == 0.0 { String::new() } else { format!("× {:.2}", figure.value / value) };
                let _ = writeln!(text, "{:width$}  {:>9} {:8}  {ratio:>8}  {name}", "", shown(*value), figure.unit);
            }
        }
        for (load, shares) in &self.profiles {
            let _ = writeln!(text, "CPU time of {load}:");
            for (name, percent) in shares {
                let _ = writeln!(text, "  {percent:5.1} %  {name}");
            }
        }
        text
    }

    pub fn json(&self) -> Value {
        let profiles: Vec<Value> = self
            .profiles
            .iter()
            .map(|(load, shares)| {
                let shares: Vec<Value> =
                    shares.iter().map(|(name, percent)| json!({"name": name, "percent": rounded(*percent)})).collect();
                json!({"load": load, "cpu": shares})
            })
            .collect();
        json!({"figures": self.figures.iter().map(Figure::json).collect::<Vec<_>>(), "profiles": profiles})
    }
}

/// Three significant digits are more than such a measurement has.
fn shown(value: f64) -> String {
    match value.abs() {
        0.0 => String::from("0"),
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        small if small >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// The duration within which this share of them lay, in milliseconds.
pub fn percentile_ms(taken: &[Duration], percent: usize) -> f64 {
    let mut sorted = taken.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).map_or(0.0, |duration| duration.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_what_stands_beside_it_and_whether_it_is_met() {
        let mut report = Report::default();
        report.add(Figure::new("throughput", 3.0, "Gbit/s").beside("scp", 2.0).at_least(2.0));
        report.add(Figure::new("cpu", 8.0, "s/GiB").at_most(7.0));
        let json = report.json();
        assert_eq!(json["figures"][0]["beside"][0]["ratio"], 1.5);
        assert_eq!(json["figures"][0]["met"], true);
        assert_eq!(json["figures"][1]["met"], false);
        let table = report.table();
        assert!(
            table.contains("× 1.50") && table.contains("met ≥ 2.00") && table.contains("NOT MET ≤ 7.00"),
            "{table}"
        );
    }

    #[test]
    fn percentiles_are_durations_that_were_measured() {
        let taken: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert!((percentile_ms(&taken, 50) - 50.0).abs() < 1e-9);
        assert!((percentile_ms(&taken, 99) - 99.0).abs() < 1e-9);
        assert!(percentile_ms(&[], 50) < 1e-9);
    }
}
