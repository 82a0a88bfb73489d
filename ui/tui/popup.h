/* popup: a list that lies over the panes: what could come next in the line, or what can be done here. */
#ifndef LATHE_UI_TUI_POPUP_H
#define LATHE_UI_TUI_POPUP_H

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "ui/tui/layout.h"

struct popup_item {
    const char *text, *kind, *detail; /* in the popup's arena */
    int tag;                          /* the owner's */
    bool no_space;
};

enum popup_kind { POPUP_NONE, POPUP_COMPLETE, POPUP_MENU };

struct popup {
    enum popup_kind kind;
    struct arena *arena;
    VEC(struct popup_item) item;
    VEC(size_t) match;   /* items that the filter leaves */
    long cursor;         /* into match; -1: none chosen */
    long top;
    const char *title;
    struct str filter;   /* MENU: what was typed to search */
    int rows;            /* shown at once, as last drawn */
    struct rect box;     /* where it was drawn */
};

void popup_open(struct popup *p, enum popup_kind kind, const char *title);
void popup_close(struct popup *p);
void popup_add(struct popup *p, const char *text, const char *kind, const char *detail, int tag, bool no_space);
void popup_ready(struct popup *p);  /* all was added */
void popup_move(struct popup *p, long by);
const struct popup_item *popup_chosen(const struct popup *p);
void popup_type(struct popup *p, const char *utf8, size_t n); /* MENU: searches */
void popup_rub(struct popup *p);                              /* … one character less */
bool popup_click(struct popup *p, int y, int x);              /* chooses; false: outside */

/* bottom: the row under the list's last; x: column of the word that it is about. */
void popup_draw(struct popup *p, int bottom, int x);

#endif
