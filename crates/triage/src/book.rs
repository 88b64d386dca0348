//! The rule book's own checks: every case of every rule, and what each rule and marker is needed for.

use crate::{
    Engine,
    content::{Case, RuleText},
    request::{Request, age_days},
};

impl Case {
    /// The request that this case describes.
    pub fn request(&self) -> Result<Request, String> {
        Ok(Request {
            text: self.text.clone(),
            age_days: self.age.as_deref().map(age_days).transpose()?,
            sex: self.sex.as_deref().and_then(|s| s.chars().next()),
            pregnant: self.pregnant,
            known: self.known.clone(),
            ..Request::default()
        })
    }
}

/// Every case that does not come out as it says.
pub fn failing_cases(engine: &Engine) -> Vec<String> {
    engine.content().rules.iter().flat_map(|rule| rule.text.cases.iter().filter_map(|case| failure(engine, &rule.text, case))).collect()
}

fn failure(engine: &Engine, rule: &RuleText, case: &Case) -> Option<String> {
    let request = match case.request() {
        Ok(request) => request,
        Err(e) => return Some(format!("{}: {e}", rule.id)),
    };
    let advice = engine.advise(&request);
    let fired = advice.rules.iter().any(|f| f.rule == rule.id);
    let found = || advice.findings.iter().map(|f| format!("{} ({:?}: {})", f.concept, f.status, f.words)).collect::<Vec<_>>().join(", ");
    if fired != case.fires {
        let how = if case.fires { "should fire and does not" } else { "fires and should not" };
        return Some(format!("{} {how}: {}\n    found: {}", rule.id, case.text, found()));
    }
    let wrong = case.urgency.filter(|u| *u != advice.urgency)?;
    let rules = advice.rules.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>().join(" ");
    Some(format!(
        "{}: expected {}, advised {}: {}\n    rules: {rules}; found: {}",
        rule.id,
        wrong.code(),
        advice.urgency.code(),
        case.text,
        found()
    ))
}
