//! End-to-end tests: the real binaries, real servers, promises a user would notice.

mod tidy;
