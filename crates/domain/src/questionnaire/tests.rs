use super::*;

const MOOD: &str = r#"{
  "resourceType": "Questionnaire", "url": "urn:test:mood", "version": "1", "title": "Mood",
  "extension": [{ "url": "urn:portico:fhir:score", "extension": [
    { "url": "name", "valueString": "Mood score" }, { "url": "of", "valueString": "sad" }, { "url": "of", "valueString": "sleep" },
    { "url": "band", "extension": [{ "url": "from", "valueDecimal": 0 }, { "url": "means", "valueString": "fine" }] },
    { "url": "band", "extension": [{ "url": "from", "valueDecimal": 4 }, { "url": "means", "valueString": "severe" }, { "url": "cannot-wait", "valueBoolean": true }] }
  ] }],
  "item": [
    { "linkId": "sad", "text": "Sad?", "type": "choice", "required": true, "answerOption": [
      { "valueCoding": { "code": "0", "display": "Never", "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 0 }] } },
      { "valueCoding": { "code": "2", "display": "Often", "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2 }] } }
    ] },
    { "linkId": "nights", "type": "group", "text": "Nights", "enableWhen": [{ "question": "sad", "operator": "=", "answerCoding": { "code": "2" } }], "item": [
      { "linkId": "sleep", "text": "How many hours do you lie awake?", "type": "integer", "required": true,
        "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/maxValue", "valueInteger": 24 }] }
    ] },
    { "linkId": "harm", "text": "Thoughts of harming yourself?", "type": "boolean", "required": true,
      "extension": [{ "url": "urn:portico:fhir:cannot-wait", "valueString": "yes: thoughts of self-harm" }] }
  ]
}"#;

fn answered(q: &Questionnaire, said: &[(&str, &'static str)]) -> (Answers, Vec<(String, String)>) {
    q.read(|id| said.iter().find(|(i, _)| *i == id).map_or("", |(_, s)| s))
}

#[test]
fn only_what_is_asked_must_be_answered_and_only_that_counts() {
    let q = fhir::read(MOOD).unwrap();
    assert_eq!(q.faults(), Vec::<String>::new());
    let (answers, wrong) = answered(&q, &[("sad", "0"), ("sleep", "9"), ("harm", "no")]);
    assert!(wrong.is_empty() && !answers.contains_key("sleep"), "nights are only asked of the sad");
    assert_eq!(q.outcome(&answers).totals[0].words(), "Mood score 0: fine");
    let (_, wrong) = answered(&q, &[("sad", "2"), ("harm", "no")]);
    assert_eq!(wrong, [("sleep".to_owned(), "Answer “How many hours do you lie awake?”".to_owned())]);
    let (_, wrong) = answered(&q, &[("sad", "2"), ("sleep", "25"), ("harm", "perhaps")]);
    assert_eq!(wrong[0].1, "Enter 24 or less. If it really is more, ring us.");
    assert_eq!(wrong[1].1, "Choose yes or no.");
    let (_, wrong) = answered(&q, &[("sad", "7"), ("harm", "no")]);
    assert_eq!(wrong[0].1, "Choose one of the answers.");
}

#[test]
fn what_cannot_wait_is_named_with_its_answer() {
    let q = fhir::read(MOOD).unwrap();
    let (answers, _) = answered(&q, &[("sad", "2"), ("sleep", "3"), ("harm", "yes")]);
    let outcome = q.outcome(&answers);
    assert_eq!(outcome.red, ["Thoughts of harming yourself?: Yes (thoughts of self-harm)", "Mood score 5: severe"]);
    let (answers, _) = answered(&q, &[("sad", "0"), ("harm", "no")]);
    assert!(q.outcome(&answers).red.is_empty());
}

#[test]
fn a_file_that_was_read_is_written_as_it_was() {
    let q = fhir::read(MOOD).unwrap();
    let again = fhir::read(&fhir::written(&q).to_string()).unwrap();
    assert_eq!(q, again);
    let (answers, _) = answered(&q, &[("sad", "2"), ("sleep", "3"), ("harm", "yes")]);
    let response = fhir::response(&q, &answers, "2026-01-05T09:00:00Z");
    assert_eq!(response["questionnaire"], "urn:test:mood|1");
    assert_eq!(response["item"][0]["answer"][0]["valueCoding"]["display"], "Often");
    assert_eq!(response["item"][1]["item"][0]["answer"][0]["valueInteger"], 3);
}

#[test]
fn what_a_file_asks_that_we_cannot_ask_is_refused_by_name() {
    let no = |item: &str| fhir::read(&format!(r#"{{"resourceType":"Questionnaire","title":"T","item":[{item}]}}"#)).unwrap_err();
    assert_eq!(no(r#"{"linkId":"a","type":"attachment"}"#), "a: questions of the type “attachment” are not supported.");
    assert!(no(r#"{"linkId":"a","type":"choice","answerValueSet":"x"}"#).contains("value sets are not supported"));
    assert!(no(r#"{"linkId":"a","type":"string","repeats":true}"#).contains("repeat"));
    assert!(fhir::read("[]").unwrap_err().contains("not a FHIR Questionnaire"));
    assert!(fhir::read("x").unwrap_err().contains("not JSON"));
    let forward = r#"{"resourceType":"Questionnaire","title":"T","item":[{"linkId":"a","type":"string","enableWhen":[{"question":"b","operator":"=","answerString":"x"}]}]}"#;
    assert!(fhir::read(forward).unwrap().faults()[0].contains("not asked before it"));
}

#[test]
fn lines_become_questions_and_mistakes_name_the_line() {
    let lines = "# About your inhaler\nHow often? [Never=0; Every day=2!]\nDo you smoke? [yes/no]\nHow many a day? [number 1-100, red above 60] if 2=yes\nAnything else? [text] optional\nWeight [number 30-300 kg]";
    let q = build::read("Inhaler", lines).unwrap();
    assert_eq!(q.questions.iter().map(|q| q.id.as_str()).collect::<Vec<_>>(), ["h1", "1", "2", "3", "4", "5"]);
    let (answers, wrong) = answered(&q, &[("1", "Every day"), ("2", "yes"), ("3", "70"), ("5", "82,5")]);
    assert!(wrong.is_empty(), "{wrong:?}");
    let outcome = q.outcome(&answers);
    assert_eq!((outcome.totals[0].value, outcome.red.len()), (2.0, 2));
    assert_eq!(fhir::read(&fhir::written(&q).to_string()).unwrap(), q, "and becomes the same FHIR file");
    let wrong = |lines: &str| build::read("T", lines).unwrap_err().join(" ");
    assert!(wrong("How often?").contains("Line 1: say what answers it"));
    assert!(wrong("Fine? [yes/no]\nMore? [text] if 7=yes").contains("Line 2: there is no question 7 before this one."));
    assert!(wrong("Fine? [yes/no]\nMore? [text] if 1=maybe").contains("“maybe” is no answer to question 1."));
    assert!(wrong("One? [only]").contains("at least two answers"));
    assert!(wrong("").contains("Ask at least one question."));
    assert!(build::read("", "Fine? [yes/no]").unwrap_err().join(" ").contains("Give it a title."));
}

#[test]
fn answers_spare_whoever_was_asked_the_same_in_another_way() {
    let mood = fhir::read(MOOD).unwrap();
    let renamed = Questionnaire { url: "urn:test:how-are-you".into(), ..mood.clone() };
    assert!(mood.overlaps(&renamed), "the same questions under another name");
    let other =
        |text: &str| Question { id: text.into(), text: text.into(), kind: Kind::Day, required: false, when: None, records: Vec::new() };
    let apart =
        Questionnaire { url: "urn:test:asthma".into(), questions: vec![other("Wheeze?"), other("Cough?")], ..Questionnaire::default() };
    assert!(!mood.overlaps(&apart) && !apart.overlaps(&mood));
    let half = Questionnaire { questions: vec![other("SAD?"), other("Cough?")], ..apart.clone() };
    assert!(mood.overlaps(&half));
    let code = |url: &str| {
        let score = Score { code: Some("720433000".into()), ..Score::default() };
        Questionnaire { url: url.into(), scores: vec![score], questions: vec![other(url)], ..Questionnaire::default() }
    };
    assert!(code("a").overlaps(&code("b")), "made for the same score");
}

#[test]
fn a_yes_counts_where_a_score_names_its_question() {
    let q = Questionnaire {
        questions: ["wheeze", "cough", "now"]
            .map(|id| Question {
                id: id.into(),
                text: id.into(),
                kind: Kind::YesNo { red: None },
                required: false,
                when: None,
                records: Vec::new(),
            })
            .to_vec(),
        scores: vec![Score { name: "Yes".into(), of: vec!["wheeze".into(), "cough".into()], least: 2, ..Score::default() }],
        ..Questionnaire::default()
    };
    let (answers, _) = answered(&q, &[("wheeze", "yes"), ("cough", "no"), ("now", "yes")]);
    assert_eq!(q.outcome(&answers).totals[0].value, 1.0);
    let all = Questionnaire { scores: vec![Score::default()], ..q };
    assert!(all.outcome(&answers).totals.is_empty(), "not where it names none");
}
