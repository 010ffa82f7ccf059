//! Every request of `port`, with the shape of what goes in and out, as programs see them: the table from which `isoloir rpc --schema`
//! is printed. A request that is not here cannot be asked from outside; a test holds that all are, and that the examples fit.
//!
//! Shapes are written as in docs/cli.md: `{name: text, file?: {…}}`, `[shape]`, and `=one|other` for words. A field with `?` may be absent
//! or null. `text`, `id` (hexadecimal), `flag`, `count`, `any` are what they say; times end in `_ms`.

/// A request.
pub struct Method {
    /// As callers write it.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Shape of the params.
    pub params: &'static str,
    /// Shape of the answer.
    pub result: &'static str,
    /// Params and answer, as JSON.
    pub example: (&'static str, &'static str),
}

/// Something that a watcher is told.
pub struct Event {
    /// `event` in it.
    pub name: &'static str,
    /// Shape of the whole.
    pub shape: &'static str,
    /// One, as JSON.
    pub example: &'static str,
}

macro_rules! methods {
    ($($name:literal $summary:literal $params:literal => $result:literal, $given:literal => $answer:literal;)+) => {
        /// Every request.
        pub const METHODS: &[Method] = &[$(Method {
            name: $name,
            summary: $summary,
            params: $params,
            result: $result,
            example: ($given, $answer),
        },)+];
    };
}

macro_rules! events {
    ($($name:literal $shape:literal, $example:literal;)+) => {
        /// Everything that a watcher is told.
        pub const EVENTS: &[Event] = &[$(Event { name: $name, shape: $shape, example: $example },)+];
    };
}

methods! {
    "whoami" "Who this device is." "{}" => "{login: text, name: text, member_id: id, device_id: id, organization: id}",
        "{}" => r#"{"login":"a.martin","name":"Anne Martin","member_id":"00ff","device_id":"00ff","organization":"00ff"}"#;
    "people" "People whose login or name contains the query." "{query: text, limit?: count}" =>
        "[{login: text, name: text, you?: flag, identity_reset?: any}]",
        r#"{"query":"dupont"}"# => r#"[{"login":"c.dupont","name":"Claire Dupont"}]"#;
    "contacts" "Colleagues that asked or were accepted." "{}" =>
        "[{login: text, name?: text, relation: =none|asked|asks|accepted|refused|blocked|revoked, verified: flag, identity_reset?: any}]",
        "{}" => r#"[{"login":"c.dupont","name":"Claire Dupont","relation":"accepted","verified":false}]"#;
    "decide" "Accepts, refuses or blocks somebody. After a reset of their identity, for the number that was shown."
        "{who: text, decision: =accept|refuse|block, number?: text}" =>
        "{login: text, name?: text, relation: =none|asked|asks|accepted|refused|blocked|revoked, verified: flag, identity_reset?: any}",
        r#"{"who":"c.dupont","decision":"accept"}"# =>
        r#"{"login":"c.dupont","name":"Claire Dupont","relation":"accepted","verified":false}"#;
    "verify" "The safety number with somebody; with `confirm`, whether it was compared and the same."
        "{who: text, confirm?: flag, number?: text}" =>
        "{login: text, safety_number: text, verified: flag, identity_resets?: any, identity_reset?: any}",
        r#"{"who":"c.dupont"}"# => r#"{"login":"c.dupont","safety_number":"12345 67890","verified":false}"#;
    "send" "Sends a text. With `wait_ms` the answer comes when it is delivered, or after that long."
        "{who: text, text: text, wait_ms?: count, beside?: {reply_to?: id, forwarding?: =allowed|forbidden}}" =>
        "{message_id: id, state: =queued|sent|delivered|read|refused, reason?: text}",
        r#"{"who":"c.dupont","text":"Good morning"}"# => r#"{"message_id":"00ff","state":"queued"}"#;
    "send_file" "Offers a file, or a folder file by file; they are read when the other side pulls them." "{who: text, path: text, wait_ms?: count, beside?: {reply_to?: id, forwarding?: =allowed|forbidden}}" =>
        "{message_id: id, state: =queued|sent|delivered|read|refused, file_id?: id, folder_id?: id, files?: count, skipped?: count, reason?: text}",
        r#"{"who":"c.dupont","path":"/tmp/contract.pdf"}"# => r#"{"message_id":"00ff","state":"queued","file_id":"00ff"}"#;
    "files" "Offers, both ways." "{}" => "[{file_id: id, name: text, bytes: count, media_type?: text, state: text, path?: text, from?: text, to?: text, group_id?: id, folder?: {folder_id: id, name: text, path: [text], files: count, bytes: count}}]",
        "{}" => r#"[{"file_id":"00ff","name":"contract.pdf","bytes":1000,"state":"offered"}]"#;
    "save" "Puts a received file or folder where the person wants it; pulls it first." "{file: id, path: text}" =>
        "{file_id?: id, folder_id?: id, name: text, bytes: count, files?: count, media_type?: text, state: text, path?: text}",
        r#"{"file":"00ff","path":"/tmp"}"# =>
        r#"{"file_id":"00ff","name":"contract.pdf","bytes":1000,"state":"saved","path":"/tmp/contract.pdf"}"#;
    "pause_file" "Moves nothing of a file for now: neither fetches it nor lets it be fetched." "{file: id}" => "{file_id: id, state: text}",
        r#"{"file":"00ff"}"# => r#"{"file_id":"00ff","state":"paused"}"#;
    "resume_file" "Goes on with a file that was paused." "{file: id}" => "{file_id: id, state: text}",
        r#"{"file":"00ff"}"# => r#"{"file_id":"00ff","state":"receiving"}"#;
    "limit_files" "How fast files may move each way, in bytes per second; sets it first with `set`, which is `\"off\"` or `{\"bytes\": 2000000}`."
        "{set?: any}" => "{bytes_per_s?: count}",
        r#"{"set":{"bytes":2000000}}"# => r#"{"bytes_per_s":2000000}"#;
    "cancel" "Takes an offer back, or stops a transfer; of a folder all." "{file: id}" => "{file_id?: id, folder_id?: id, state: text}",
        r#"{"file":"00ff"}"# => r#"{"file_id":"00ff","state":"canceled"}"#;
    "conversations" "With whom there is something, the newest first." "{}" =>
        "[{login: text, name?: text, relation: text, verified: flag, identity_resets?: any, identity_reset?: any, unread: count, mentions?: count, timer_s?: count, group?: any, last?: any}]",
        "{}" => r#"[{"login":"c.dupont","name":"Claire Dupont","relation":"accepted","verified":false,"unread":2}]"#;
    "history" "Messages with somebody, oldest first. What is returned counts as read."
        "{who: text, before?: id, last?: count}" =>
        "[{message_id: id, from: text, text?: text, state: text, sent_ms: count, reason?: text, file?: any, reply?: any, edited_ms?: count, deleted?: flag, unreadable?: flag, forwarded?: flag, forwarding?: text, mentions?: any, reactions?: any, timer?: any, lifetime_s?: count, group?: any}]",
        r#"{"who":"c.dupont","last":10}"# =>
        r#"[{"message_id":"00ff","from":"c.dupont","text":"Good morning","state":"delivered","sent_ms":1700000000000}]"#;
    "page" "The same, for a window that says itself what was seen." "{who: text, before?: id, last: count}" =>
        "[{message_id: id, from: text, text?: text, state: text, sent_ms: count, reason?: text, file?: any, reply?: any, edited_ms?: count, deleted?: flag, unreadable?: flag, forwarded?: flag, forwarding?: text, mentions?: any, reactions?: any, timer?: any, lifetime_s?: count, group?: any}]",
        r#"{"who":"c.dupont","last":10}"# => "[]";
    "seen" "The person has seen the messages with somebody up to this one." "{who: text, up_to: id}" => "any",
        r#"{"who":"c.dupont","up_to":"00ff"}"# => "{}";
    "outbox" "Messages that are not delivered, with the reason." "{}" =>
        "[{message_id: id, to: text, state: text, reason?: text, reached_ms?: count, group_id?: id, waits_for?: [text]}]",
        "{}" => r#"[{"message_id":"00ff","to":"c.dupont","state":"queued","reason":"peer-offline"}]"#;
    "status" "Server, links, outbox. While locked, that alone." "{}" =>
        "{state: =open|locked, server: =online|offline, revocations_known_ms?: count, directory_key_serial?: count, directory_key_until_ms?: count, revocations?: =known|stale|expired, links?: [{peer: text, path?: text, state: text, reached_ms?: count}], outbox?: count, log_reset?: any, alarm?: text, reason?: text}",
        "{}" => r#"{"state":"open","server":"online","revocations":"known","links":[],"outbox":0}"#;
    "organization" "What the organization's rules say to this person, and who holds each." "{}" =>
        "{policy_version?: count, groups: [text], personal: flag, rules: [{policy: text, value: text, enforcer: =server|client|both}]}",
        "{}" => r#"{"policy_version":3,"groups":[],"personal":false,"rules":[{"policy":"file.send","value":"all","enforcer":"client"}]}"#;
    "evidence" "The proof that the organization's log was forked, if it was." "{}" => "any", "{}" => "{}";
    "checkpoint" "The newest signed checkpoint of the organization's log." "{}" =>
        "{entries: count, time_ms?: count, note: text}",
        "{}" => r#"{"entries":12,"time_ms":1700000000000,"note":"isoloir.log/…"}"#;
    "edit" "Another text in the place of one's own." "{message: id, text: text, wait_ms?: count}" =>
        "{message_id: id, state: =queued|sent|delivered|read|refused, reason?: text}",
        r#"{"message":"00ff","text":"Good evening"}"# => r#"{"message_id":"00ff","state":"queued"}"#;
    "delete" "Takes one's own message back, for everybody." "{message: id, wait_ms?: count}" =>
        "{message_id: id, state: =queued|sent|delivered|read|refused, reason?: text}",
        r#"{"message":"00ff"}"# => r#"{"message_id":"00ff","state":"queued"}"#;
    "react" "What the person thinks of a message; without `emoji` it is taken back." "{message: id, emoji?: text, wait_ms?: count}" =>
        "{message_id: id, state: =queued|sent|delivered|read|refused, reason?: text}",
        r#"{"message":"00ff","emoji":"👍"}"# => r#"{"message_id":"00ff","state":"queued"}"#;
    "forward" "Sends a message on." "{message: id, who: text, wait_ms?: count}" =>
        "{message_id: id, state: =queued|sent|delivered|read|refused, file_id?: id, reason?: text}",
        r#"{"message":"00ff","who":"c.dupont"}"# => r#"{"message_id":"00ff","state":"queued"}"#;
    "receipts" "Whether authors are told that their messages were read." "{choose?: =on|off}" =>
        "{receipts: =on|off, rule: =user|on|off}",
        r#"{"choose":"off"}"# => r#"{"receipts":"off","rule":"user"}"#;
    "search" "Messages in which every word begins a word, the newest first. Marks nothing as read."
        "{words: text, with?: text, before?: id, last?: count}" =>
        "[{message_id: id, from: text, text?: text, state: text, sent_ms: count, reason?: text, file?: any, reply?: any, edited_ms?: count, deleted?: flag, unreadable?: flag, forwarded?: flag, forwarding?: text, mentions?: any, reactions?: any, timer?: any, lifetime_s?: count, group?: any, with: text, with_name?: text, line: text}]",
        r#"{"words":"dee rea"}"# =>
        r#"[{"message_id":"00ff","from":"c.dupont","with":"c.dupont","line":"Is the deed ready?","text":"Is the deed ready?","state":"delivered","sent_ms":1700000000000}]"#;
    "timer" "How long messages with somebody are there once they were read; sets it with `set`: `\"off\"` or `{seconds}`." "{who: text, set?: any}" =>
        "{login: text, seconds?: count, policy_seconds?: count, in_force?: count}",
        r#"{"who":"c.dupont","set":{"seconds":86400}}"# => r#"{"login":"c.dupont","seconds":86400,"in_force":86400}"#;
    "export" "Messages with somebody, oldest first, for whoever writes them into files. Marks nothing as read." "{who: text, after?: id}" => "any",
        r#"{"who":"c.dupont"}"# => "{}";
    "groups" "Groups that this person is or was in." "{}" => "[{group_id: id, name: text, role: =holds-pen|admin|member|none, frozen: flag, picture?: text, members: [{login: text, name?: text, role: text}], directory?: {group: text, state?: text, waiting?: count, would_go?: [text]}}]",
        "{}" => r#"[{"group_id":"00ff","name":"Rounds","role":"holds-pen","frozen":false,"members":[{"login":"a.martin","name":"Anne Martin","role":"holds-pen"}]}]"#;
    "group" "A group and who is in it, by its id or name." "{group: text}" => "{group_id: id, name: text, role: =holds-pen|admin|member|none, frozen: flag, picture?: text, members: [{login: text, name?: text, role: text}], directory?: {group: text, state?: text, waiting?: count, would_go?: [text]}}",
        r#"{"group":"Rounds"}"# => r#"{"group_id":"00ff","name":"Rounds","role":"holds-pen","frozen":false,"members":[{"login":"a.martin","name":"Anne Martin","role":"holds-pen"}]}"#;
    "group_create" "Begins a group." "{name: text, members: [text]}" => "{group_id: id, name: text, role: =holds-pen|admin|member|none, frozen: flag, picture?: text, members: [{login: text, name?: text, role: text}], directory?: {group: text, state?: text, waiting?: count, would_go?: [text]}}",
        r#"{"name":"Rounds","members":["c.dupont"]}"# => r#"{"group_id":"00ff","name":"Rounds","role":"holds-pen","frozen":false,"members":[{"login":"a.martin","name":"Anne Martin","role":"holds-pen"}]}"#;
    "group_from_directory" "Begins a group of those who are in a group of the directory; it follows that from then on." "{from: text, name?: text}" => "{group_id: id, name: text, role: =holds-pen|admin|member|none, frozen: flag, picture?: text, members: [{login: text, name?: text, role: text}], directory?: {group: text, state?: text, waiting?: count, would_go?: [text]}}",
        r#"{"from":"notaries"}"# => r#"{"group_id":"00ff","name":"notaries","role":"holds-pen","frozen":false,"members":[{"login":"a.martin","name":"Anne Martin","role":"holds-pen"}],"directory":{"group":"notaries","state":"in-step"}}"#;
    "group_sync" "Asks the directory now who is in a group that follows it; with `confirm`, does what was held back." "{group: text, confirm?: flag}" => "{group_id: id, name: text, role: =holds-pen|admin|member|none, frozen: flag, picture?: text, members: [{login: text, name?: text, role: text}], directory?: {group: text, state?: text, waiting?: count, would_go?: [text]}}",
        r#"{"group":"notaries"}"# => r#"{"group_id":"00ff","name":"notaries","role":"holds-pen","frozen":false,"members":[{"login":"a.martin","name":"Anne Martin","role":"holds-pen"}],"directory":{"group":"notaries","state":"held","would_go":["c.dupont"]}}"#;
    "group_change" "Changes a group, or asks whoever holds its pen." "{group: text, change: {change: =add|remove|promote|demote|transfer|rename|picture|leave, who?: text, name?: text, picture?: text}}" =>
        "{group_id: id, name: text, role: =holds-pen|admin|member|none, frozen: flag, picture?: text, members: [{login: text, name?: text, role: text}], directory?: {group: text, state?: text, waiting?: count, would_go?: [text]}}",
        r#"{"group":"Rounds","change":{"change":"add","who":"c.dupont"}}"# => r#"{"group_id":"00ff","name":"Rounds","role":"holds-pen","frozen":false,"members":[{"login":"a.martin","name":"Anne Martin","role":"holds-pen"}]}"#;
    "group_picture" "The picture of a group, JPEG or PNG in base64; null where it has none, or it has not come yet." "{group: text}" => "{group_id: id, picture?: text}",
        r#"{"group":"Rounds"}"# => r#"{"group_id":"00ff","picture":"/9j/"}"#;
    "watch" "Events from now on, as notifications `event`." "{}" => "{}", "{}" => "{}";
    "lock" "Closes everything; the connection ends with the process's memory. It serves on, locked." "{}" =>
        "{state: =locked}", "{}" => r#"{"state":"locked"}"#;
    "unlock" "Opens a locked agent." "{passphrase: text}" => "{state: =open}",
        r#"{"passphrase":"correct horse battery staple"}"# => r#"{"state":"open"}"#;
    "set_passphrase" "What opens this device from now on; null is the key file." "{present?: text, next?: text}" =>
        "{opens_with: =passphrase|key-file}",
        r#"{"next":"correct horse battery staple"}"# => r#"{"opens_with":"passphrase"}"#;
    "present" "The person is here: it does not lock by itself for a while." "{}" => "{}", "{}" => "{}";
}

events! {
    "message" "{event: =message, message_id: id, from: text, sent_ms: count, group_id?: id, text?: text, file?: any, withdrawn?: any, reply?: any, edited_ms?: count, deleted?: flag, unreadable?: flag, forwarded?: flag, forwarding?: text, mentions?: any, reactions?: any, timer?: any}",
        r#"{"event":"message","message_id":"00ff","from":"c.dupont","sent_ms":1700000000000,"text":"Good morning"}"#;
    "state" "{event: =state, message_id: id, state: text, reason?: text}",
        r#"{"event":"state","message_id":"00ff","state":"delivered"}"#;
    "edited" "{event: =edited, message_id: id, from: text, text: text, edited_ms?: count, mentions?: any}",
        r#"{"event":"edited","message_id":"00ff","from":"c.dupont","text":"Good evening"}"#;
    "deleted" "{event: =deleted, message_id: id, from: text}",
        r#"{"event":"deleted","message_id":"00ff","from":"c.dupont"}"#;
    "reaction" "{event: =reaction, message_id: id, from: text, emoji?: text}",
        r#"{"event":"reaction","message_id":"00ff","from":"c.dupont","emoji":"👍"}"#;
    "gone" "{event: =gone, messages: [id]}", r#"{"event":"gone","messages":["00ff"]}"#;
    "group" "{event: =group, group_id: id, by: text, change: =created|added|removed|promoted|demoted|transferred|renamed|pictured|succeeded, who?: text, name?: text, directory?: text}",
        r#"{"event":"group","group_id":"00ff","by":"a.martin","change":"added","who":"c.dupont"}"#;
    "picture" "{event: =picture, group_id: id}", r#"{"event":"picture","group_id":"00ff"}"#;
    "file" "{event: =file, file_id: id, state: text, verified_bytes?: count, bytes?: count, name?: text, path?: text, reason?: text}",
        r#"{"event":"file","file_id":"00ff","state":"receiving","verified_bytes":16,"bytes":64}"#;
    "hashing" "{event: =hashing, bytes: count}", r#"{"event":"hashing","bytes":1024}"#;
    "devices" "{event: =devices, known: count, of: count}", r#"{"event":"devices","known":3,"of":10}"#;
    "link" "{event: =link, peer: text, path?: text, state: text}",
        r#"{"event":"link","peer":"c.dupont","path":"host","state":"open"}"#;
    "certificate" "{event: =certificate, until_ms: count}", r#"{"event":"certificate","until_ms":1700000000000}"#;
    "log-reset" "{event: =log-reset, reason: text, time_ms: count, entries_lost: count, devices_kept_revoked: count}",
        r#"{"event":"log-reset","reason":"restore","time_ms":1700000000000,"entries_lost":0,"devices_kept_revoked":1}"#;
    "contact" "{event: =contact, login: text, name?: text, relation: text}",
        r#"{"event":"contact","login":"c.dupont","relation":"asks"}"#;
    "revoked" "{event: =revoked, login: text}", r#"{"event":"revoked","login":"c.dupont"}"#;
    "identity-reset" "{event: =identity-reset, login: text, state: text, at_ms?: count, of_login?: text, name?: text, safety_number?: text}",
        r#"{"event":"identity-reset","login":"c.dupont","state":"ended","at_ms":1700000000000}"#;
    "policy" "{event: =policy, version?: count, changes: [{policy: text, value: text, before: text}]}",
        r#"{"event":"policy","version":3,"changes":[{"policy":"file.send","value":"off","before":"all"}]}"#;
    "directory" "{event: =directory, people?: count, version?: count}", r#"{"event":"directory","people":200}"#;
    "directory-key" "{event: =directory-key, until_ms?: count, replaced?: any}",
        r#"{"event":"directory-key","until_ms":1700000000000}"#;
    "server" "{event: =server, state: =online|offline, reason?: text}", r#"{"event":"server","state":"online"}"#;
    "alarm" "{event: =alarm, alarm: text, peer?: text, reason?: text, group_id?: id}", r#"{"event":"alarm","alarm":"fork"}"#;
    "missed" "{event: =missed, events: count}", r#"{"event":"missed","events":12}"#;
    "locked" "{event: =locked}", r#"{"event":"locked"}"#;
    "unlocked" "{event: =unlocked}", r#"{"event":"unlocked"}"#;
}
