use std::path::PathBuf;

use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use crate::{
    process::{streamward_on, text},
    shop::Shop,
};

const GOODS: &str = "\
id,name,price,currency,category,tags,onSale,lowStockThreshold,units
pot-01,\"Teapot, blue\",49.90,EUR,kitchen,blue|gift,,3,7
Bad Id,Nothing,1,EUR,,,,,
pot-02,Teapot,49.905,EUR,,,maybe,,
sake-01,Sake,900,JPY,drinks,,true,,
pot-01,Again,1,EUR,,,,,
";

fn file(shop: &Shop, name: &str, content: &str) -> PathBuf {
    let path = shop.data().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_line_by_line_and_again_without_a_change() {
    let shop = Shop::open_with(&["--no-seed-demo"]).await;
    let path = file(&shop, "goods.csv", GOODS);
    let path = path.to_str().unwrap();
    let import = async |flags: &[&str]| {
        let output =
            streamward_on(shop.data(), &[&["catalog", "import", path], flags].concat()).await;
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        format!(
            "{}{}",
            text(&output),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    let dry = import(&["--dry-run"]).await;
    assert!(
        dry.contains("2 added, 0 changed, 0 as they were, 3 lines with faults"),
        "{dry}"
    );
    let none = shop.admin(Method::GET, "/v1/products", None).await;
    assert_eq!(none["data"], json!([]));

    let said = import(&[]).await;
    for words in [
        "line 3: id must be",
        "line 4: price/amount must be",
        "line 4: onSale must be",
        "line 6: id repeats line 2",
        "2 added, 0 changed, 0 as they were, 3 lines with faults",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    eventually("the products", || async {
        let list = shop.admin(Method::GET, "/v1/products", None).await;
        let pot = &list["data"][0];
        let whole = list["data"].as_array()?.len() == 2 && pot["available"] == 7;
        (whole && pot["tags"] == json!(["blue", "gift"])).then_some(())
    })
    .await;

    let again = import(&[]).await;
    assert!(
        again.contains("0 added, 0 changed, 2 as they were"),
        "{again}"
    );
    assert_eq!(shop.stock("pot-01").await["received"], 7);

    for format in ["csv", "json"] {
        let output = streamward_on(shop.data(), &["catalog", "export", "--format", format]).await;
        assert!(output.status.success(), "{}", text(&output));
        let exported = String::from_utf8(output.stdout).unwrap();
        let path = file(&shop, &format!("exported.{format}"), &exported);
        let args = ["catalog", "import", path.to_str().unwrap()];
        let output = streamward_on(shop.data(), &args).await;
        let said = text(&output);
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains("0 added, 0 changed, 2 as they were, 0 lines"),
            "{said}"
        );
    }
    shop.audit().await;
}
