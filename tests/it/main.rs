//! End-to-end tests: the real binaries, real servers, promises a user would notice.

mod canaries;
mod enrollment;
mod faults;
mod main_job;
mod netns;
mod office;
mod tidy;
