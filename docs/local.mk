EXTRA_DIST += docs/architecture.md docs/model-file.md docs/plugin-guide.md
