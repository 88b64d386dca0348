//! Photos and documents go and come back.

use portico_testkit::{
    World,
    databases::both,
    files::{FakeClamd, pdf, photo},
};

#[tokio::test]
async fn a_photo_comes_to_the_desk_and_a_letter_goes_to_the_patient() {
    for db in both() {
        let w = World::new().on(db).coordinator("Sam").manager("Helen").patient("Ada").patient("Ben").start().await;
        w.patient("Ada").asks_online("A rash on my arm").await.sees("Add photos or documents");
        w.staff("Sam").does("Ada", "ask", &[("text", "Please send a photo of it.")]).await.sees("Patient to answer");
        let files = format!("{}/files", w.patient("Ada").link());
        let sent = [("arm.jpg", photo()), ("letter.pdf", pdf())];
        w.patient("Ada").sends_files(&files, "It itches", &sent).await.sees("Sent 2 files: arm.jpg, letter.pdf").sees("from you");
        // It is an answer: the item is back with the practice, and the picture stands on its page.
        let item = w.staff("Sam").opens_item_of("Ada").await.sees("Read the patient's answer").sees("It itches").sees("Save letter.pdf");
        let photos = item.links(&format!("{}/files/", item.path));
        let shown = w.staff("Sam").opens(&photos[0]).await.is_done();
        assert!(shown.html.contains("JFIF"), "the picture itself");
        // Sam sends a letter with a word to it; only with a word.
        w.staff("Sam").sends_files("Ada", "", &[("plan.pdf", pdf())]).await.is_refused("Write a word to the file");
        w.staff("Sam").sends_files("Ada", "Here is your plan.", &[("plan.pdf", pdf())]).await.sees("to the patient, by Sam");
        let page = w.patient("Ada").opens_private_page().await.sees("Here is your plan.").sees("from us");
        let links = page.links(&format!("{files}/"));
        assert_eq!(links.len(), 3);
        let letter = w.patient("Ada").opens(&links[2]).await.is_done();
        assert!(letter.html.starts_with("%PDF-1.7"));
        // Nobody else's link opens it.
        w.patient("Ben").asks_online("A cough").await;
        let file = links[2].rsplit('/').next().expect("an id");
        w.patient("Ben").opens(&format!("{}/files/{file}", w.patient("Ben").link())).await.is_refused("Page not found");
        // A photo that should not be there goes for good, and the history says so.
        let remove = format!("{}/remove", photos[0]);
        w.staff("Sam").sends(&item.path, &remove, &[("why", "Somebody else's arm")]).await.sees("Removed");
        w.staff("Sam").opens(&photos[0]).await.is_refused("Page not found");
        w.staff("Sam").opens_item_of("Ada").await.sees("File arm.jpg removed: Somebody else's arm");
        w.nothing_is_lost().await;
    }
}

#[tokio::test]
async fn files_that_do_not_fit_are_refused_in_words_and_nothing_is_kept() {
    let w = World::new().coordinator("Sam").patient("Ada").start().await;
    w.patient("Ada").asks_online("A rash on my arm").await;
    let files = format!("{}/files", w.patient("Ada").link());
    let ada = w.patient("Ada");
    ada.sends_files(&files, "", &[]).await.is_refused("Choose a photo or a PDF.");
    ada.sends_files(&files, "", &[("rash.jpg", photo()), ("virus.exe", b"MZ rubbish".to_vec())]).await.is_refused("not a photo or a PDF");
    ada.sends_files(&files, "", &[("big.jpg", vec![0xff; 10 * 1024 * 1024 + 2])]).await.is_refused("larger than 10 MB");
    ada.sends_files(&files, "", &vec![("a.jpg", photo()); 6]).await.is_refused("at most 5 files at once");
    ada.opens_private_page().await.does_not_see("from you");
    for _ in 0..4 {
        ada.sends_files(&files, "", &vec![("a.jpg", photo()); 5]).await.is_done();
    }
    ada.sends_files(&files, "", &[("a.jpg", photo())]).await.is_refused("You have sent 20 files for this request already");
    // What is written with a photo is read like everything that a patient writes.
    w.staff("Sam").opens_item_of("Ada").await.sees("Sent 5 files");
    w.nothing_is_lost().await;
}

#[tokio::test]
async fn nobody_opens_a_file_before_the_virus_scanner_has_looked_at_it() {
    for db in both() {
        let scanner = FakeClamd::start().await;
        let address = scanner.address.clone();
        let w = World::new().on(db).with(move |c| c.scanner = Some(address)).coordinator("Sam").patient("Ada").start().await;
        w.patient("Ada").asks_online("A letter from the hospital").await;
        let files = format!("{}/files", w.patient("Ada").link());
        let bad = || [pdf(), b"EICAR %%EOF".to_vec()].concat();
        w.patient("Ada").sends_files(&files, "", &[("bad.pdf", bad())]).await.is_refused("bad.pdf holds a virus");
        scanner.set_away(true);
        w.patient("Ada").sends_files(&files, "", &[("good.pdf", pdf()), ("bad.pdf", bad())]).await.sees("being checked for viruses");
        let item = w.staff("Sam").opens_item_of("Ada").await;
        w.work_in_the_background().await;
        w.staff("Sam").opens(&item.path).await.sees("good.pdf: Being checked for viruses").does_not_see("Save good.pdf");
        scanner.set_away(false);
        w.work_in_the_background().await;
        w.staff("Sam").opens(&item.path).await.sees("Save good.pdf").sees("bad.pdf: Removed").sees("held a virus (Eicar-Test-Signature)");
        w.nothing_is_lost().await;
    }
}
