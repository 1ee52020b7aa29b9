//! The pages that mailed links lead to: what a link is for, a button that does it, and what became
//! of it. They need no script and load nothing, neither from here nor from elsewhere. A page does
//! nothing by being looked at: programs that scan mails look at every link. It decides nothing
//! either; its words come from here.

use axum::http::StatusCode;
use axum::response::Response;
use web::html_page::{escaped, page, paragraph, problem_page, way_on};
use web::problem::Problem;

use crate::accounts::verification::LinkFor;

/// The heading, what there is to know, and the button.
const fn words(link: LinkFor) -> (&'static str, &'static str, &'static str) {
    match link {
        LinkFor::VerifyEmail => (
            "Confirm your e-mail address",
            "Somebody has registered at PayFlow with this e-mail address. Was it you? If not, close this page: the \
                 address stays unconfirmed.",
            "Confirm the address",
        ),
        LinkFor::ChangeEmail => (
            "Confirm your new e-mail address",
            "Your PayFlow account is to have this e-mail address from now on. If you did not ask for that, close this \
                 page: the account keeps its address.",
            "Use this address",
        ),
        LinkFor::Register => (
            "Open your account",
            "Somebody has registered at PayFlow with this e-mail address. Was it you? If not, close this page: there \
                 will be no account.",
            "Open the account",
        ),
        LinkFor::ResetPassword => (
            "Choose a new password",
            "A long one that you use nowhere else; four words that have nothing to do with each other are a good one. All \
                 devices are logged out by it.",
            "Save the password",
        ),
    }
}

/// What has happened, what comes next, and the way there.
const fn outcome(link: LinkFor) -> (&'static str, &'static str, &'static str) {
    match link {
        LinkFor::VerifyEmail => (
            "Your e-mail address is confirmed",
            "Others can send you money by it from now on.",
            "Go to your wallet",
        ),
        LinkFor::ChangeEmail => (
            "Your account has a new e-mail address",
            "Log in with it from now on.",
            "Go to your wallet",
        ),
        LinkFor::Register => (
            "Your account is open",
            "Log in with your e-mail address and your password.",
            "Log in",
        ),
        LinkFor::ResetPassword => (
            "Your password is changed",
            "Log in with the new one.",
            "Log in",
        ),
    }
}

/// Where the web app's wallet is. Operators find the way to the console there.
const WALLET: &str = "/wallet";

/// The page of a link, with the button that does what it is for.
pub(crate) fn ask(link: LinkFor, token: &str) -> Response {
    page(StatusCode::OK, words(link).0, &form(link, token, None))
}

/// The same again, with a password, where the link is still good: where one cannot be had, or is
/// what shows whose link it is.
pub(crate) fn ask_again(link: LinkFor, token: &str, problem: &Problem) -> Response {
    let wrong = match problem.code.as_str() {
        "unknown_device" => UNKNOWN_DEVICE,
        _ => problem.detail.as_str(),
    };
    let form = form(link, token, Some(wrong));
    problem_page(problem, words(link).0, &form)
}

const UNKNOWN_DEVICE: &str = "The account does not know this browser. If you registered on another device, type the password \
    that you chose there. If you did not register, close this page: nothing was done.";

/// The page after the button was pressed.
pub(crate) fn done(link: LinkFor) -> Response {
    let (heading, next, way) = outcome(link);
    let content = paragraph(next) + &way_on(WALLET, way);
    page(StatusCode::OK, heading, &content)
}

/// The page of a link that does nothing, or not now.
pub(crate) fn refused(problem: &Problem) -> Response {
    let (heading, text) = match problem.code.as_str() {
        "invalid_link" => (
            "This link is no longer good",
            "Each link is good once and for a while, and ends when another one like it is used. If you have used it just now, \
             all is done. If not, ask for another one where you asked for this one.",
        ),
        _ => ("This did not work", problem.detail.as_str()),
    };
    problem_page(problem, heading, &paragraph(text))
}

fn form(link: LinkFor, token: &str, wrong: Option<&str>) -> String {
    let (_, text, button) = words(link);
    let (path, fields) = match link {
        LinkFor::ResetPassword => ("reset-password", PASSWORD_FIELDS),
        LinkFor::VerifyEmail | LinkFor::ChangeEmail | LinkFor::Register => match wrong {
            Some(_) => ("verify-email", OWN_PASSWORD_FIELD),
            None => ("verify-email", ""),
        },
    };
    let token = escaped(token);
    let wrong = wrong.map_or_else(String::new, |wrong| {
        format!("<p class=\"wrong\" role=\"alert\">{}</p>\n", escaped(wrong))
    });
    // Without the query, which has the token in it.
    format!(
        "{}{wrong}<form method=\"post\" action=\"{path}\">\n<input type=\"hidden\" name=\"token\" value=\"{token}\">\n\
         {fields}<button>{button}</button>\n</form>\n",
        paragraph(text)
    )
}

const OWN_PASSWORD_FIELD: &str = "<label>Your password\n\
    <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required autofocus></label>\n";

const PASSWORD_FIELDS: &str = "<label>New password\n\
    <input type=\"password\" name=\"new_password\" autocomplete=\"new-password\" required autofocus></label>\n\
    <label>The same password again\n\
    <input type=\"password\" name=\"repeated\" autocomplete=\"new-password\" required></label>\n";

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};

    async fn html(response: Response) -> String {
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.into()).unwrap()
    }

    #[tokio::test]
    async fn what_a_link_holds_is_never_markup() {
        let hostile = "\"><script>alert('1')</script>&";
        let page = html(ask(LinkFor::VerifyEmail, hostile)).await;
        let expected = "value=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\">";
        assert!(page.contains(expected), "{page}");
        let problem = Problem::refused("password_too_weak", hostile);
        for page in [
            ask_again(LinkFor::ResetPassword, "t", &problem),
            refused(&problem),
        ] {
            assert_eq!(page.status(), 422);
            assert!(!html(page).await.contains("<script"));
        }
    }

    #[tokio::test]
    async fn a_page_runs_nothing_and_loads_nothing() {
        for link in [
            LinkFor::VerifyEmail,
            LinkFor::ChangeEmail,
            LinkFor::Register,
            LinkFor::ResetPassword,
        ] {
            let asked = ask(link, "pfo_x");
            let policy = asked.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(
                policy.starts_with("default-src 'none'; style-src 'sha256-"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(asked.headers()[CACHE_CONTROL], "no-store");
            assert_eq!(asked.headers()[REFERRER_POLICY], "no-referrer");
            for page in [html(asked).await, html(done(link)).await] {
                for none in [
                    "<script", "<link", "http:", "https:", "src=", "style=", "onclick",
                ] {
                    assert!(!page.contains(none), "{none}: {page}");
                }
                assert!(
                    page.contains("name=\"viewport\"") && page.contains("prefers-color-scheme")
                );
            }
            let done = html(done(link)).await;
            assert!(
                done.contains("<a class=\"button\" href=\"/wallet\">"),
                "{done}"
            );
        }
    }
}
