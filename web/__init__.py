"""The pages of the hub: public directory and license verification, published lists and log tiles, the auditor's search.

Server-rendered in Chinese and English, without JavaScript. Each page has the same facts as `.json` beside it: a handler gathers facts
by calling actions in a thread, and the template shows nothing that is not among them. No SQL and no rule of any domain lives here.
What travels in a search for a person (the ID number) comes in a POST body and goes into no link, no log line and no page.
"""
