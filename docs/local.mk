# The references are what the program says of itself: `make docs` writes them anew, a test compares.
references = docs/commands.md docs/parameters.md docs/json.md
dist_doc_DATA += docs/guide.md docs/architecture.md docs/model-file.md docs/plugin-guide.md $(references)
dist_man1_MANS = docs/lathe.1
EXTRA_DIST += docs/performance.md docs/workbench.png
.PHONY: docs
docs: lathe $(plugins_LTLIBRARIES)
	@for page in commands parameters json man; do \
	    case $$page in man) file=lathe.1 ;; *) file=$$page.md ;; esac; \
	    env -u LATHE_PLUGIN_PATH XDG_DATA_HOME=/nonexistent ./lathe --doc=$$page >$(srcdir)/docs/$$file.new && \
	    mv $(srcdir)/docs/$$file.new $(srcdir)/docs/$$file || exit 1; \
	done
