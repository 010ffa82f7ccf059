//! `isoloir group …`: each command is one request, or one for each person it names.

use std::path::PathBuf;

use super::arguments::GroupCommand;
use super::picture;
use super::{Failure, Shell};
use crate::rpc::{GroupChange, Request};

impl Shell<'_> {
    pub(super) async fn group(&self, command: GroupCommand) -> Result<(), Failure> {
        let (group, changes) = match command {
            GroupCommand::Create { name, from_directory: Some(from), .. } => {
                return self.ask(Request::GroupFromDirectory { from, name }).await;
            }
            GroupCommand::Create { name, people, from_directory: None } => {
                return self.ask(Request::GroupCreate { name: name.unwrap_or_default(), members: people }).await;
            }
            GroupCommand::Sync { group, confirm } => {
                return self.ask(Request::GroupSync { group, confirm: Some(confirm) }).await;
            }
            GroupCommand::List => return self.ask(Request::Groups {}).await,
            GroupCommand::Show { group } => return self.ask(Request::Group { group }).await,
            GroupCommand::Add { group, people } => {
                (group, people.into_iter().map(|who| GroupChange::Add { who }).collect())
            }
            GroupCommand::Remove { group, people } => {
                (group, people.into_iter().map(|who| GroupChange::Remove { who }).collect())
            }
            GroupCommand::Promote { group, who } => (group, vec![GroupChange::Promote { who }]),
            GroupCommand::Demote { group, who } => (group, vec![GroupChange::Demote { who }]),
            GroupCommand::Transfer { group, who } => (group, vec![GroupChange::Transfer { who }]),
            GroupCommand::Rename { group, name } => (group, vec![GroupChange::Rename { name }]),
            GroupCommand::Leave { group } => (group, vec![GroupChange::Leave {}]),
            GroupCommand::Picture { group, picture: None, save } => return self.show_picture(group, save).await,
            GroupCommand::Picture { group, picture: Some(path), .. } => {
                (group, vec![GroupChange::Picture { picture: picture::read(&path)? }])
            }
        };
        self.change_group(group, changes).await
    }

    /// Puts a group's picture into a file, or says whether there is one.
    async fn show_picture(&self, group: String, save: Option<PathBuf>) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let request = Request::GroupPicture { group };
        let answer = session.caller.ask(request.clone()).await;
        session.end().await?;
        let answer = answer?;
        if let Some(path) = &save {
            picture::save(path, &answer)?;
        }
        self.printer.answer(&request, &answer);
        Ok(())
    }

    async fn change_group(&self, group: String, changes: Vec<GroupChange>) -> Result<(), Failure> {
        let mut session = self.session().await?;
        let mut last = None;
        for change in changes {
            let request = Request::GroupChange { group: group.clone(), change };
            match session.caller.ask(request.clone()).await {
                Ok(answer) => last = Some((request, answer)),
                Err(fault) => {
                    session.end().await?;
                    return Err(fault.into());
                }
            }
        }
        session.end().await?;
        if let Some((request, answer)) = last {
            self.printer.answer(&request, &answer);
        }
        Ok(())
    }
}
