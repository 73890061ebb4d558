#!/bin/bash
# takes 15 s
# Sphinx has nothing to say about the reference, nor groff and man about the man page, and what the pages link to is there.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit
. tests/vm/lib.sh
need sphinx-build:python3-sphinx groff:groff-base man:man-db || exit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# silent NAME COMMAND...: it succeeds and says nothing
tests_run=0
silent() {
	local name=$1 said
	shift
	tests_run=$((tests_run + 1))
	if said=$("$@" 2>&1) && [ -z "$said" ]; then
		echo "ok $tests_run - $name"
	else
		echo "not ok $tests_run - $name"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
}

# Without a conf.py; the text is not in any programming language. Its warnings are told all, and each is an error.
sphinx() {
	sphinx-build -q -n -W --keep-going -C -D root_doc=dm-quorum -D highlight_language=none -D project=dm-quorum -b html \
		-d "$work/doctrees" Documentation "$work/html"
}
built() { grep -q 'id="table-parameters"' "$work/html/dm-quorum.html"; }
through_man() { LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$1" > "$work/man"; }
# missing_links PAGE: relative links, to files that are not there
missing_links() {
	perl -ne '
		BEGIN { ($dir = $ARGV[0]) =~ s{[^/]*$}{} }
		while (/\]\(([^)#\s]+)[^)]*\)/g) {
			my $to = $1;
			print "$ARGV line $.: $to\n" unless $to =~ /^[a-z]+:/ || -e "$dir$to";
		}' "$1"
}

# missing_runbooks: sections of the guide that the alerts point to, and that are not there
missing_runbooks() {
	comm -23 <(sed -n 's/^ *runbook_url: Documentation.admin-guide\.md#//p' monitoring/dm-quorum.rules.yml | sort) \
		<(sed -n 's/^### //p' Documentation/admin-guide.md | tr '[:upper:]' '[:lower:]' | sort)
}

silent 'Sphinx builds dm-quorum.rst' sphinx
silent 'and it is not empty' built
for page in man/*.[1-9]; do
	silent "groff formats $page" groff -man -ww -z -Tutf8 "$page"
	silent "man shows $page" through_man "$page"
	silent 'and it is not empty' grep -q DESCRIPTION "$work/man"
done
mapfile -t pages < <(git ls-files '*.md')
for page in "${pages[@]}"; do silent "the links of $page" missing_links "$page"; done
silent 'the alerts point to sections that there are' missing_runbooks
echo "1..$tests_run"
