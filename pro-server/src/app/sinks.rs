//! The loops that send the audit elsewhere and have it cosigned, one for each destination and witness of the configuration.

use crate::config::Config;
use crate::tasks::{sinks, witnesses};

use super::Running;

impl Running {
    pub(super) fn start_sinks(&mut self, config: &Config) {
        for sink in config.audit.sinks.clone() {
            let (services, host) = (self.services.clone(), self.url.host.clone());
            self.spawn("audit destination", move |stop| sinks::run(services.clone(), sink.clone(), host.clone(), stop));
        }
        for witness in config.audit.witnesses.clone() {
            let services = self.services.clone();
            self.spawn("audit witness", move |stop| witnesses::run(services.clone(), witness.clone(), stop));
        }
    }
}
