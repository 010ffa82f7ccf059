//! The sources of people: those that the configuration describes, each with its own reader, turn and last run, and those that
//! it described once, whose people stay as they are until an administrator lets them go.

use crate::config::directory::{DirectoryConfig, LdapConfig};
use crate::directory::ldap::LdapDirectory;
use crate::domain::access::{DirectoryRead, Grant};
use crate::domain::run::RunRecord;
use crate::domain::source::{Origin, Source, SourceKind, SourceName};
use crate::domain::sync::Brake;
use crate::storage::{self, StorageError, Tx};

use super::{ServiceError, Services, Thing};

/// A source that is read.
pub(super) struct Feed {
    pub(super) source: Source,
    pub(super) config: LdapConfig,
    pub(super) directory: LdapDirectory,
}

/// What goes on at one source that has runs.
pub(super) struct Course {
    pub(super) source: Source,
    /// One run at a time; the brake that refused the last one.
    pub(super) turn: tokio::sync::Mutex<Option<Brake>>,
}

impl Course {
    fn new(source: Source) -> Self {
        Self { source, turn: tokio::sync::Mutex::new(None) }
    }
}

/// Every source, as it is known from the start on.
pub(super) struct Sources {
    origins: Vec<Origin>,
    feeds: Vec<Feed>,
    courses: Vec<Course>,
}

/// What a source of the directory is at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceState {
    /// It is read.
    Configured { url: String, interval_s: u64, brake_percent: u8, brake_minimum: u32 },
    /// The configuration does not describe it any more, but so many of its people are listed still.
    Left { listed: u64 },
}

/// A source that has runs.
#[derive(Debug, Clone)]
pub struct SourceView {
    pub source: Source,
    pub name: SourceName,
    pub state: SourceState,
    /// Planned ones not counted.
    pub last_run: Option<RunRecord>,
}

impl Sources {
    /// Notes those that are new, under numbers of their own.
    pub(super) async fn open(tx: &mut Tx, config: DirectoryConfig) -> Result<Self, StorageError> {
        let mut origins = storage::source::all(tx).await?;
        for origin in Origin::always() {
            if !origins.iter().any(|known| known.source == origin.source) {
                storage::source::insert(tx, &origin).await?;
                origins.push(origin);
            }
        }
        let mut feeds = Vec::new();
        for ldap in config.ldap {
            let known = origins.iter().find(|known| known.name == ldap.name && known.kind == SourceKind::Ldap);
            let source = match known {
                Some(known) => known.source,
                None => {
                    let source = Source::after(origins.iter().map(|known| known.source));
                    let origin = Origin { source, kind: SourceKind::Ldap, name: ldap.name.clone() };
                    storage::source::insert(tx, &origin).await?;
                    origins.push(origin);
                    source
                }
            };
            feeds.push(Feed { source, directory: LdapDirectory::new(ldap.clone()), config: ldap });
        }
        let has_runs = |origin: &&Origin| origin.kind == SourceKind::Ldap;
        let courses = origins.iter().filter(has_runs).map(|origin| Course::new(origin.source)).collect();
        Ok(Self { origins, feeds, courses })
    }

    pub(super) fn directories(&self) -> impl Iterator<Item = (Source, LdapDirectory)> {
        self.feeds.iter().map(|feed| (feed.source, feed.directory.clone()))
    }

    pub(super) fn origin(&self, source: Source) -> Option<&Origin> {
        self.origins.iter().find(|origin| origin.source == source)
    }

    pub(super) fn feed(&self, source: Source) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.source == source)
    }

    pub(super) fn course(&self, source: Source) -> Result<&Course, ServiceError> {
        let course = self.courses.iter().find(|course| course.source == source);
        course.ok_or(ServiceError::Missing(Thing::Source))
    }
}

impl Services {
    /// The sources that are read by themselves, and how often in seconds.
    pub fn timed_sources(&self) -> Vec<(Source, u64)> {
        self.inner.sources.feeds.iter().map(|feed| (feed.source, feed.config.interval_s)).collect()
    }

    /// By what a source is known.
    pub fn origin(&self, source: Source) -> Option<&Origin> {
        self.inner.sources.origin(source)
    }

    /// The source with runs that is called so; the only one if none is named.
    pub fn source(&self, name: Option<&str>) -> Result<Source, ServiceError> {
        let Some(name) = name else {
            return match self.inner.sources.feeds.as_slice() {
                [only] => Ok(only.source),
                [] => Err(ServiceError::Missing(Thing::Directory)),
                _ => Err(ServiceError::Missing(Thing::Source)),
            };
        };
        let named = |origin: &&Origin| origin.name.as_str() == name && origin.kind == SourceKind::Ldap;
        let found = self.inner.sources.origins.iter().find(named);
        found.map(|origin| origin.source).ok_or(ServiceError::Missing(Thing::Source))
    }

    /// The configured sources in their order, then those with listed people that are configured no more.
    pub async fn sources(&self, _: &Grant<DirectoryRead>) -> Result<Vec<SourceView>, ServiceError> {
        let sources = &self.inner.sources;
        let mut tx = self.inner.storage.read().await?;
        let listed = storage::source::listed(&mut tx).await?;
        let configured = sources.feeds.iter().map(|feed| {
            let (config, limits) = (&feed.config, feed.config.limits);
            let state = SourceState::Configured {
                url: config.url(),
                interval_s: config.interval_s,
                brake_percent: limits.brake_percent,
                brake_minimum: limits.brake_minimum,
            };
            (feed.source, config.name.clone(), state)
        });
        let left = listed.iter().filter(|(source, _)| sources.feed(*source).is_none());
        let left = left.filter_map(|(source, count)| {
            let origin = sources.origin(*source).filter(|origin| origin.kind == SourceKind::Ldap)?;
            Some((*source, origin.name.clone(), SourceState::Left { listed: *count }))
        });
        let mut views = Vec::new();
        for (source, name, state) in configured.chain(left) {
            let last_run = storage::run::newest(&mut tx, source).await?.map(|run| run.record);
            views.push(SourceView { source, name, state, last_run });
        }
        Ok(views)
    }
}
