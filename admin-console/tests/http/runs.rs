//! What was shown is what is done: directory runs and policies that changed meanwhile, and runs that the brake holds.

use super::*;

#[actix_web::test]
async fn a_plan_or_a_policy_that_changed_meanwhile_is_not_applied() {
    let mut browser = signed_in(sample::OWNER).await;
    let stale = browser.submit("/admin/directory/run", &[("plan", &"08".repeat(32))]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let fields = [("expected", "3"), ("min_version", "0.0.0"), ("visibility", "all")];
    assert_eq!(browser.submit("/admin/policy/publish", &fields).await.status, StatusCode::CONFLICT);
    let too_new = [("expected", "4"), ("min_version", "999.0.0"), ("visibility", "all")];
    let refused = browser.submit("/admin/policy/review", &too_new).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("id=\"min_version-fault\""));
    assert_eq!(browser.fake.state().policy.version, 4);
}

#[actix_web::test]
async fn what_the_brake_holds_is_done_only_when_it_is_agreed_to() {
    let mut browser = signed_in(sample::OWNER).await;
    let plan = {
        let mut state = browser.fake.state();
        let held = RunReport { brake: Some(Brake::TooMany { hit: 64, allowed: 13 }), ..sample::plan() };
        state.plan = Ok(held.clone());
        held
    };
    let shown = browser.open("/admin/directory/plan?source=ldap").await;
    assert!(shown.body.contains("name=\"brake\" value=\"agreed\"") && shown.body.contains("64"));
    let digest = plan.digest.to_string();
    let held = browser.submit("/admin/directory/run", &[("plan", &digest), ("source", "ldap")]).await;
    assert_eq!(held.status, StatusCode::CONFLICT);
    let elsewhere = browser.submit("/admin/directory/run", &[("plan", &digest), ("source", "lyon")]).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let agreed = [("plan", digest.as_str()), ("source", "ldap"), ("brake", "agreed")];
    assert_eq!(browser.submit("/admin/directory/run", &agreed).await.location, "/admin/directory?done=run");
}
