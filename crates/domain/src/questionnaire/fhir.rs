//! Questionnaires as FHIR R4 files, in and out. What a file says that we do not ask is refused by name, never dropped.
//!
//! Scores and what cannot wait travel in extensions: FHIR's own `ordinalValue`, `minValue`, `maxValue` and
//! `questionnaire-unit`, and five of ours for what FHIR has no place for.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Answer, Answers, Band, Choice, Compares, Condition, Kind, Number, Question, Questionnaire, RecordCode, Score, When};

const ORDINAL: &str = "http://hl7.org/fhir/StructureDefinition/ordinalValue";
const LEAST: &str = "http://hl7.org/fhir/StructureDefinition/minValue";
const MOST: &str = "http://hl7.org/fhir/StructureDefinition/maxValue";
const UNIT: &str = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit";
/// On an answer or a yes-or-no question: why that answer cannot wait.
const RED: &str = "urn:portico:fhir:cannot-wait";
/// On a number: from this value down, or up, it cannot wait.
const RED_BELOW: &str = "urn:portico:fhir:cannot-wait-below";
const RED_ABOVE: &str = "urn:portico:fhir:cannot-wait-above";
/// On the questionnaire: what the answers come to.
const SCORE: &str = "urn:portico:fhir:score";
/// On a question: what an answer is in a record, with its code.
const RECORD: &str = "urn:portico:fhir:record-code";
const SNOMED: &str = "http://snomed.info/sct";

/// Reads a FHIR R4 Questionnaire; an error says where and what.
pub fn read(file: &str) -> Result<Questionnaire, String> {
    let value: Value = serde_json::from_str(file).map_err(|e| format!("This is not JSON: {e}."))?;
    if value["resourceType"] != "Questionnaire" {
        return Err("This is not a FHIR Questionnaire: resourceType says something else.".into());
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let scores = extensions(&value, SCORE).map(score).collect::<Result<_, _>>()?;
    let review = value["lastReviewDate"].as_str().or(value["effectivePeriod"]["end"].as_str());
    Ok(Questionnaire {
        url: text("url"),
        version: text("version"),
        title: if text("title").is_empty() { text("name") } else { text("title") },
        description: text("description"),
        copyright: text("copyright"),
        review: review.and_then(|d| d.parse().ok()),
        questions: questions(&value["item"], 0)?,
        scores,
    })
}

fn extensions<'v>(value: &'v Value, url: &'v str) -> impl Iterator<Item = &'v Value> {
    value["extension"].as_array().into_iter().flatten().filter(move |e| e["url"] == url)
}

fn number_of(extension: &Value) -> Option<f64> {
    ["valueDecimal", "valueInteger"].iter().find_map(|n| extension[*n].as_f64())
}

fn questions(items: &Value, depth: usize) -> Result<Vec<Question>, String> {
    if depth > 4 {
        return Err("Groups lie too deep within each other; four deep is the most.".into());
    }
    items.as_array().map(|all| all.iter().map(|i| question(i, depth)).collect()).unwrap_or_else(|| Ok(Vec::new()))
}

fn question(item: &Value, depth: usize) -> Result<Question, String> {
    let id = item["linkId"].as_str().filter(|id| !id.is_empty()).ok_or("An item has no linkId.")?.to_owned();
    let at = |what: &str| format!("{id}: {what}");
    if item["repeats"] == true {
        return Err(at("answers that repeat are not supported; ask each by itself."));
    }
    let limit = |url| extensions(item, url).find_map(number_of);
    let kind = match item["type"].as_str().unwrap_or_default() {
        "group" => Kind::Group(questions(&item["item"], depth + 1)?),
        "display" => Kind::Display,
        "boolean" => Kind::YesNo { red: extensions(item, RED).find_map(|e| e["valueString"].as_str()).map(red_yes_no) },
        kind @ ("integer" | "decimal") => Kind::Number(Number {
            whole: kind == "integer",
            least: limit(LEAST),
            most: limit(MOST),
            unit: extensions(item, UNIT)
                .find_map(|e| e["valueCoding"]["display"].as_str().or(e["valueCoding"]["code"].as_str()))
                .unwrap_or_default()
                .to_owned(),
            red_below: limit(RED_BELOW),
            red_above: limit(RED_ABOVE),
        }),
        "choice" => Kind::Choice(choices(item).map_err(|why| at(&why))?),
        "date" => Kind::Day,
        "string" => Kind::Text { long: false },
        "text" => Kind::Text { long: true },
        other => return Err(at(&format!("questions of the type “{other}” are not supported."))),
    };
    if !matches!(kind, Kind::Group(_)) && item["item"].as_array().is_some_and(|i| !i.is_empty()) {
        return Err(at("questions under a question are not supported; put them beside it with enableWhen."));
    }
    let when = when(item).map_err(|why| at(&why))?;
    Ok(Question {
        text: item["text"].as_str().unwrap_or_default().to_owned(),
        kind,
        required: item["required"] == true,
        when,
        records: extensions(item, RECORD).map(record_code).collect::<Result<_, _>>().map_err(|why| at(&why))?,
        id: id.clone(),
    })
}

fn record_code(extension: &Value) -> Result<RecordCode, String> {
    let part = |name: &'static str| extensions(extension, name).next();
    let answer = match part("answer") {
        None => None,
        Some(a) => {
            let chosen = || a["valueCode"].as_str().map(|code| Answer::Choice(code.to_owned()));
            let read = a["valueBoolean"].as_bool().map(Answer::YesNo).or_else(chosen);
            Some(read.ok_or("a code of the record is for an answer that is neither valueBoolean nor valueCode.")?)
        }
    };
    let coding = part("code").map(|c| &c["valueCoding"]).ok_or("a code of the record is missing.")?;
    let code = coding["code"].as_str().ok_or("a code of the record is missing.")?.to_owned();
    Ok(RecordCode { answer, code, term: coding["display"].as_str().unwrap_or_default().to_owned() })
}

fn written_record_code(r: &RecordCode) -> Value {
    let answer = r.answer.as_ref().map(|a| match a {
        Answer::YesNo(yes) => json!({ "url": "answer", "valueBoolean": yes }),
        Answer::Choice(code) => json!({ "url": "answer", "valueCode": code }),
        Answer::Number(_) | Answer::Day(_) | Answer::Text(_) => json!({ "url": "answer" }),
    });
    let code = json!({ "url": "code", "valueCoding": { "system": SNOMED, "code": r.code, "display": r.term } });
    json!({ "url": RECORD, "extension": answer.into_iter().chain([code]).collect::<Vec<_>>() })
}

/// "no: why" is about a no; anything else is about a yes.
fn red_yes_no(words: &str) -> (bool, String) {
    match words.strip_prefix("no: ") {
        Some(why) => (false, why.to_owned()),
        None => (true, words.strip_prefix("yes: ").unwrap_or(words).to_owned()),
    }
}

fn choices(item: &Value) -> Result<Vec<Choice>, String> {
    let options = item["answerOption"].as_array().ok_or("answers to choose must stand in answerOption; value sets are not supported.")?;
    options
        .iter()
        .map(|option| {
            let coding = &option["valueCoding"];
            let plain = option["valueString"].as_str().map(str::to_owned).or(option["valueInteger"].as_i64().map(|n| n.to_string()));
            let text = coding["display"].as_str().map(str::to_owned).or(plain).ok_or("an answer has no words.")?;
            let code = coding["code"].as_str().map_or_else(|| text.clone(), str::to_owned);
            let score = extensions(coding, ORDINAL).chain(extensions(option, ORDINAL)).find_map(number_of);
            let red = extensions(option, RED).find_map(|e| e["valueString"].as_str()).map(str::to_owned);
            Ok(Choice { code, text, score, red })
        })
        .collect()
}

fn when(item: &Value) -> Result<Option<When>, String> {
    let Some(all) = item["enableWhen"].as_array().filter(|a| !a.is_empty()) else { return Ok(None) };
    let conditions = all
        .iter()
        .map(|c| {
            let compares = match c["operator"].as_str().unwrap_or_default() {
                "=" => Compares::Is,
                "!=" => Compares::IsNot,
                ">" => Compares::Above,
                "<" => Compares::Below,
                ">=" => Compares::AtLeast,
                "<=" => Compares::AtMost,
                other => return Err(format!("the condition “{other}” is not supported.")),
            };
            let number = c["answerInteger"].as_f64().or(c["answerDecimal"].as_f64()).map(Answer::Number);
            let with = c["answerBoolean"]
                .as_bool()
                .map(Answer::YesNo)
                .or(number)
                .or(c["answerCoding"]["code"].as_str().map(|code| Answer::Choice(code.to_owned())))
                .or(c["answerDate"].as_str().and_then(|d| d.parse::<Date>().ok()).map(Answer::Day))
                .or(c["answerString"].as_str().map(|t| Answer::Text(t.to_owned())))
                .ok_or("a condition compares with nothing.")?;
            Ok(Condition { question: c["question"].as_str().unwrap_or_default().to_owned(), compares, with })
        })
        .collect::<Result<_, String>>()?;
    Ok(Some(When { any: item["enableBehavior"] == "any", conditions }))
}

fn score(extension: &Value) -> Result<Score, String> {
    let part = |name: &'static str| extensions(extension, name);
    let text = |name| part(name).find_map(|e| e["valueString"].as_str()).unwrap_or_default().to_owned();
    let bands = part("band")
        .map(|b| {
            let from = extensions(b, "from").find_map(number_of).ok_or("A band of a score does not say from where.")?;
            let means = extensions(b, "means").find_map(|e| e["valueString"].as_str()).unwrap_or_default().to_owned();
            Ok(Band { from, means, red: extensions(b, "cannot-wait").any(|e| e["valueBoolean"] == true) })
        })
        .collect::<Result<_, String>>()?;
    Ok(Score {
        name: text("name"),
        code: part("code").find_map(|e| e["valueCoding"]["code"].as_str()).map(str::to_owned),
        mean: text("method") == "mean",
        of: part("of").filter_map(|e| e["valueString"].as_str()).map(str::to_owned).collect(),
        least: part("least").find_map(number_of).unwrap_or(0.0) as usize,
        unit: text("unit"),
        bands,
    })
}

/// A questionnaire as a FHIR R4 file.
pub fn written(q: &Questionnaire) -> Value {
    let mut file = json!({
        "resourceType": "Questionnaire",
        "url": q.url,
        "version": q.version,
        "title": q.title,
        "status": "active",
        "subjectType": ["Patient"],
        "description": q.description,
        "copyright": q.copyright,
        "item": q.questions.iter().map(written_question).collect::<Vec<_>>(),
    });
    if let Some(review) = q.review {
        file["lastReviewDate"] = json!(review.to_string());
    }
    if !q.scores.is_empty() {
        file["extension"] = q.scores.iter().map(written_score).collect();
    }
    file
}

fn decimal(url: &str, value: f64) -> Value {
    json!({ "url": url, "valueDecimal": value })
}

fn string(url: &str, value: &str) -> Value {
    json!({ "url": url, "valueString": value })
}

fn written_score(s: &Score) -> Value {
    let mut parts = vec![string("name", &s.name), string("method", if s.mean { "mean" } else { "sum" })];
    parts.extend(s.code.iter().map(|c| json!({ "url": "code", "valueCoding": { "system": SNOMED, "code": c } })));
    parts.extend(s.of.iter().map(|id| string("of", id)));
    if s.least > 0 {
        parts.push(json!({ "url": "least", "valueInteger": s.least }));
    }
    if !s.unit.is_empty() {
        parts.push(string("unit", &s.unit));
    }
    parts.extend(s.bands.iter().map(|b| {
        let mut band = vec![decimal("from", b.from), string("means", &b.means)];
        if b.red {
            band.push(json!({ "url": "cannot-wait", "valueBoolean": true }));
        }
        json!({ "url": "band", "extension": band })
    }));
    json!({ "url": SCORE, "extension": parts })
}

fn written_question(q: &Question) -> Value {
    let mut extension = Vec::new();
    let mut item = json!({ "linkId": q.id, "text": q.text });
    let kind = match &q.kind {
        Kind::Group(inner) => {
            item["item"] = inner.iter().map(written_question).collect();
            "group"
        }
        Kind::Display => "display",
        Kind::YesNo { red } => {
            extension.extend(red.iter().map(|(yes, why)| string(RED, &format!("{}: {why}", if *yes { "yes" } else { "no" }))));
            "boolean"
        }
        Kind::Number(n) => {
            let limits = [(LEAST, n.least), (MOST, n.most), (RED_BELOW, n.red_below), (RED_ABOVE, n.red_above)];
            extension.extend(limits.iter().filter_map(|(url, value)| Some(decimal(url, (*value)?))));
            if !n.unit.is_empty() {
                extension.push(json!({ "url": UNIT, "valueCoding": { "display": n.unit } }));
            }
            if n.whole { "integer" } else { "decimal" }
        }
        Kind::Choice(choices) => {
            item["answerOption"] = choices.iter().map(written_choice).collect();
            "choice"
        }
        Kind::Day => "date",
        Kind::Text { long } => {
            if *long {
                "text"
            } else {
                "string"
            }
        }
    };
    item["type"] = json!(kind);
    if q.required {
        item["required"] = json!(true);
    }
    if let Some(when) = &q.when {
        item["enableWhen"] = when.conditions.iter().map(written_condition).collect();
        item["enableBehavior"] = json!(if when.any { "any" } else { "all" });
    }
    extension.extend(q.records.iter().map(written_record_code));
    if !extension.is_empty() {
        item["extension"] = Value::Array(extension);
    }
    item
}

fn written_choice(c: &Choice) -> Value {
    let mut coding = json!({ "code": c.code, "display": c.text });
    if let Some(score) = c.score {
        coding["extension"] = json!([decimal(ORDINAL, score)]);
    }
    let mut option = json!({ "valueCoding": coding });
    if let Some(red) = &c.red {
        option["extension"] = json!([string(RED, red)]);
    }
    option
}

fn written_condition(c: &Condition) -> Value {
    let operator = match c.compares {
        Compares::Is => "=",
        Compares::IsNot => "!=",
        Compares::Above => ">",
        Compares::Below => "<",
        Compares::AtLeast => ">=",
        Compares::AtMost => "<=",
    };
    let mut condition = json!({ "question": c.question, "operator": operator });
    let (name, value) = match &c.with {
        Answer::YesNo(yes) => ("answerBoolean", json!(yes)),
        Answer::Number(n) => ("answerDecimal", json!(n)),
        Answer::Choice(code) => ("answerCoding", json!({ "code": code })),
        Answer::Day(day) => ("answerDate", json!(day.to_string())),
        Answer::Text(text) => ("answerString", json!(text)),
    };
    condition[name] = value;
    condition
}

/// The answers as a FHIR R4 QuestionnaireResponse. `authored` is the moment, as FHIR writes it.
pub fn response(q: &Questionnaire, answers: &Answers, authored: &str) -> Value {
    fn items(questions: &[Question], answers: &Answers) -> Vec<Value> {
        let mut said = Vec::new();
        for q in questions.iter().filter(|q| q.is_asked(answers)) {
            match (&q.kind, answers.get(&q.id)) {
                (Kind::Group(inner), _) => {
                    let inner = items(inner, answers);
                    if !inner.is_empty() {
                        said.push(json!({ "linkId": q.id, "text": q.text, "item": inner }));
                    }
                }
                (kind, Some(answer)) => {
                    let value = match answer {
                        Answer::YesNo(yes) => json!({ "valueBoolean": yes }),
                        Answer::Number(n) if matches!(kind, Kind::Number(x) if x.whole) => json!({ "valueInteger": *n as i64 }),
                        Answer::Number(n) => json!({ "valueDecimal": n }),
                        Answer::Choice(code) => json!({ "valueCoding": { "code": code, "display": q.words(answer) } }),
                        Answer::Day(day) => json!({ "valueDate": day.to_string() }),
                        Answer::Text(text) => json!({ "valueString": text }),
                    };
                    said.push(json!({ "linkId": q.id, "text": q.text, "answer": [value] }));
                }
                _ => {}
            }
        }
        said
    }
    json!({
        "resourceType": "QuestionnaireResponse",
        "questionnaire": format!("{}|{}", q.url, q.version),
        "status": "completed",
        "authored": authored,
        "item": items(&q.questions, answers),
    })
}
