/* actions: what keys do that is no command of the language: moving the eye, never the data. */
#ifndef LATHE_UI_TUI_ACTIONS_H
#define LATHE_UI_TUI_ACTIONS_H

struct bench;

void act_focus_next(struct bench *b);
void act_focus_before(struct bench *b);
void act_prompt(struct bench *b);
void act_leave(struct bench *b);   /* closes the browser, or goes to the prompt */
void act_zoom(struct bench *b);
void act_close(struct bench *b);
void act_show_work(struct bench *b);
void act_show_picture(struct bench *b);
void act_show_shelf(struct bench *b);
void act_repaint(struct bench *b);
void act_keys(struct bench *b);
void act_verbs(struct bench *b);
void act_work_up(struct bench *b);
void act_work_down(struct bench *b);
void act_work_enter(struct bench *b);
void act_shelf_enter(struct bench *b);
void act_block_before(struct bench *b);
void act_block_after(struct bench *b);
void act_picture_before(struct bench *b);
void act_picture_after(struct bench *b);
void act_copy(struct bench *b);
void act_search(struct bench *b);
void act_search_next(struct bench *b);
void act_search_before(struct bench *b);
void act_browser_freeze(struct bench *b);
void act_browser_plot(struct bench *b);
void act_browser_enter(struct bench *b);
void act_prefix_freeze(struct bench *b);

#endif
