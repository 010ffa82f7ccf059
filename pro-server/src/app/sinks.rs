//! The loops that send the audit elsewhere, one for each destination of the configuration.

use crate::config::Config;
use crate::tasks::sinks;

use super::Running;

impl Running {
    pub(super) fn start_sinks(&mut self, config: &Config) {
        for sink in config.audit.sinks.clone() {
            let (services, host) = (self.services.clone(), self.url.host.clone());
            self.spawn("audit destination", move |stop| sinks::run(services.clone(), sink.clone(), host.clone(), stop));
        }
    }
}
