/* Markdown and HTML: what a reader of the file sees, and that no text of the data becomes markup. */
#include "render/render.h"
#include "tests/unit/cm.h"
#include "tests/unit/views.h"

static char *render(const struct renderer *r, struct view *v, const char *title, struct str *out)
{
    struct render_options o = {.title = title, .unicode = true};
    setenv("LATHE_GNUPLOT", "/nonexistent/gnuplot", 1); /* pictures are told in words here */
    str_clear(out);
    r->begin(out, &o);
    r->put(out, v, &o);
    r->end(out, &o);
    view_unref(v);
    return out->s;
}

static void markdown_tables_and_notes(void **unused)
{
    (void)unused;
    struct str out = STR_INIT;
    assert_string_equal(render(&render_markdown, views_models(), "Report", &out),
                        "# Report\n\n"
                        "## Models of survived\n\n"
                        "| model | n | auc | p | fit | size |\n"
                        "| --- | ---: | ---: | ---: | ---: | ---: |\n"
                        "| dummy | 179 | · | · | 300 us | 1 kB |\n"
                        "| logistic | 179 | 0.8345 | < 0.001 | 12.3 ms | 10 kB |\n"
                        "| **rf** | **179** | **0.8679** | **0.042** | **4.2 s** | **100 kB** |\n\n"
                        "Best by auc: rf.\n\n"
                        "> **Note:** imputed age by its median (29.7)\n\n"
                        "> **Warning:** the test part was opened 3 times\n\n");
    str_done(&out);
}

static struct view *hostile_table(void)
{
    static const struct view_column columns[] = {{"a|b", NULL, CELL_TEXT, 0}, {"max_depth", NULL, CELL_INT, 0}};
    struct view *v = view_table_new("t\"><script>", "<script>alert(1)</script> *x*", columns, 2);
    view_row(v);
    view_cell_text(v, 0, 0, "x|y\nz <b>&amp; _a_ `c`");
    return v;
}

static void markdown_escapes(void **unused)
{
    (void)unused;
    struct str out = STR_INIT;
    assert_string_equal(render(&render_markdown, hostile_table(), NULL, &out),
                        "## \\<script>alert(1)\\</script> \\*x\\*\n\n"
                        "| a\\|b | max_depth |\n"
                        "| --- | ---: |\n"
                        "| x\\|y z \\<b>&amp; \\_a\\_ \\`c\\` | · |\n\n");
    str_done(&out);
}

static void markdown_trees_texts_pictures_reports(void **unused)
{
    (void)unused;
    struct str out = STR_INIT;
    struct view_list l = {0};
    view_list_add(&l, views_tree());
    view_list_add(&l, view_text("d", "Doc", "Some **bold** text."));
    view_list_add(&l, views_roc());
    assert_string_equal(render(&render_markdown, view_report("r", "All", &l), NULL, &out),
                        "## All\n\n"
                        "```text\n"
                        "0.38  n=891                    100 %  ████████\n"
                        "├─ sex = male → 0.19  n=577     65 %  █████▎\n"
                        "│  ├─ age <= 6.5 → 0.67          3 %  ▎\n"
                        "│  └─ age > 6.5 → 0.17          62 %  █████\n"
                        "└─ sex = female → 0.74  n=314   35 %  ██▊\n"
                        "```\n\n"
                        "### Doc\n\n"
                        "Some **bold** text.\n\n"
                        "### ROC on the test part\n\n"
                        "Curves of 2 models; the first is above the second everywhere.\n\n");
    str_done(&out);
}

static void html_tables(void **unused)
{
    (void)unused;
    struct str out = STR_INIT;
    const char *page = render(&render_html, views_models(), "A & B", &out);
    assert_ptr_equal(strstr(page, "<!DOCTYPE html>"), page);
    assert_non_null(strstr(page, "<title>A &amp; B</title>"));
    assert_non_null(strstr(page, "prefers-color-scheme:dark"));
    assert_non_null(
        strstr(page, "<tr class=\"best\"><td>rf</td><td class=\"n\">179</td><td class=\"n\">0.8679</td>"));
    assert_non_null(strstr(page, "<td class=\"n\">&lt; 0.001</td>"));
    assert_non_null(
        strstr(page, "<p class=\"note warning\"><b>Warning:</b> the test part was opened 3 times</p>"));
    assert_non_null(strstr(page, "</body>\n</html>\n"));
    assert_null(strstr(page, "http")); /* nothing is fetched */
    page = render(&render_html, views_freq(), NULL, &out);
    assert_non_null(strstr(page, "<span class=\"bar\" style=\"width:3.00em\"></span>"));
    str_done(&out);
}

static void html_escapes(void **unused)
{
    (void)unused;
    struct str out = STR_INIT;
    const char *page = render(&render_html, hostile_table(), NULL, &out);
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<b>&"));
    assert_non_null(strstr(page, "&lt;b&gt;&amp;amp; _a_ `c`"));
    page = render(&render_html, view_text("t", "", "a [x](javascript:alert(1)) <i>b</i> `<u>`"), NULL, &out);
    assert_null(strstr(page, "href"));
    assert_null(strstr(page, "<i>"));
    assert_non_null(strstr(page, "<code>&lt;u&gt;</code>"));
    str_done(&out);
}

static void html_texts_and_pictures(void **unused)
{
    (void)unused;
    struct str out = STR_INIT;
    const char *page =
        render(&render_html,
               view_text("t", "",
                         "# Head\n\nSome **bold** text.\n\n- one\n- two\n\n1. first\n\n```\nx < y\n```\n\n"
                         "| a | b |\n|---|---|\n| 1 | 2 |\n\nSee [docs](https://x.org/?a=1&b=2)."),
               NULL, &out);
    assert_non_null(strstr(page, "<h2>Head</h2>\n<p>Some <strong>bold</strong> text.</p>\n"
                                 "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<ol>\n<li>first</li>\n</ol>\n"
                                 "<pre>x &lt; y\n</pre>\n"));
    assert_non_null(strstr(page, "<td>1</td><td>2</td>"));
    assert_non_null(strstr(page, "<a href=\"https://x.org/?a=1&amp;b=2\">"));
    page = render(&render_html, views_roc(), NULL, &out);
    assert_non_null(strstr(page, "<p>Curves of 2 models; the first is above the second everywhere.</p>"));
    str_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_tables_and_notes),
        cmocka_unit_test(markdown_escapes),
        cmocka_unit_test(markdown_trees_texts_pictures_reports),
        cmocka_unit_test(html_tables),
        cmocka_unit_test(html_escapes),
        cmocka_unit_test(html_texts_and_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
