#!/bin/bash
# takes 15 s
# Sphinx has nothing to say about the reference, nor groff and man about the man page, and what the pages link to, the sections
# that they name and the tests that they mention are there.
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
# missing_sections: chapters, and what other pages call "..." in dm-quorum.rst. A title without its line below is a paragraph
# like others to Sphinx.
missing_sections() {
	{
		printf '%s\n' 'Table parameters' Status Messages Uevents Tracepoints 'Theory of operation' Performance Limits Examples \
			'Version history'
		perl -0777 -ne 'print "$1\n" while m{"([^"\n]+)"\s+in\s+\[?[\w/]*\bdm-quorum\.rst}g' "${pages[@]}"
	} | tr '[:upper:] ' '[:lower:]-' | sort -u | comm -23 - <(grep -oP '(?<= id=")[^"]+' "$work/html/dm-quorum.html" | sort -u)
}
through_man() { LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$1" > "$work/man"; }
# missing_links PAGE: relative links, to files that are not there, or to titles that they have not got
missing_links() {
	perl -0777 -ne '
		BEGIN { ($dir = $ARGV[0]) =~ s{[^/]*$}{} }
		sub anchors {
			open my $page, "<", $_[0] or return;
			local $/ = "\n";
			return map { s/[^\w -]//gr =~ tr/ /-/r } map { /^#+ (.*)/ ? lc $1 : () } <$page>;
		}
		while (/\]\(([^)#\s]*)(?:#([^)\s]*))?[^)]*\)/g) {
			my ($to, $title) = ($1, $2);
			next if $to =~ /^[a-z]+:/;
			my $page = $to eq "" ? $ARGV : "$dir$to";
			print "$ARGV: $to\n" unless -e $page;
			print "$ARGV: $to#$title\n" if defined $title && !grep { $_ eq $title } anchors($page);
		}' "$1"
}
# missing_tests PAGE: tests, and parts of them, that it mentions (* stands for any) and that are not there
missing_tests() {
	git ls-files | perl -ne '
		BEGIN { chomp(@files = <STDIN>) }
		while (m{(?<![\w./*-])((?:[\w*.-]+/)*[\w*-]+\.(?:t|pl|pm))\b}g) {
			my $name = $1;
			my $like = quotemeta($name) =~ s/\\\*/[^\/]*/gr;
			print "$ARGV line $.: $name\n" unless grep { m{(?:^|/)$like$} } @files;
		}' "$1"
}

# missing_runbooks: alerts that do not say where they are explained, or of which there is no section in the guide
missing_runbooks() {
	sed -n 's/^  - alert: //p' monitoring/dm-quorum.rules.yml | sort | comm -23 - \
		<(sed -n 's/^ *runbook: .*admin-guide\.md, //p' monitoring/dm-quorum.rules.yml | sort)
	sed -n 's/^ *runbook: .*admin-guide\.md, //p' monitoring/dm-quorum.rules.yml | sort | comm -23 - \
		<(sed -n 's/^### //p' Documentation/admin-guide.md | sort)
}

mapfile -t pages < <(git ls-files '*.md' '*.rst')
[ ${#pages[@]} -gt 0 ] || { echo 'Bail out! git knows no pages'; exit 1; }
silent 'Sphinx builds dm-quorum.rst' sphinx
silent 'and it has all sections' missing_sections
for page in man/*.[1-9]; do
	silent "groff formats $page" groff -man -ww -z -Tutf8 "$page"
	silent "man shows $page" through_man "$page"
	silent 'and it is not empty' grep -q DESCRIPTION "$work/man"
done
for page in "${pages[@]}"; do
	silent "the links of $page" missing_links "$page"
	silent 'the tests that it mentions' missing_tests "$page"
done
silent 'each alert says where it is explained, and is' missing_runbooks
echo "1..$tests_run"
