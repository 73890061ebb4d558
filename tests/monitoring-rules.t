#!/bin/bash
# takes 15 s
# The alert rules are what promtool takes, and each comes for the state that it is for and at no other time.
# only on 6.12
. "$(dirname "$0")/lib.sh"
monitoring=$(readlink -f "$(dirname "$0")/../monitoring")

ok 'promtool takes the rules' promtool check rules "$monitoring/dm-quorum.rules.yml"
ok 'and they pass their tests' promtool test rules "$monitoring/dm-quorum.rules-test.yml"
is "$(sed -n 's/^  - alert: //p' "$monitoring/dm-quorum.rules.yml" | sort)" \
	"$(grep -o 'alertname="[^"]*"' "$monitoring/dm-quorum.rules-test.yml" | cut -d '"' -f 2 | sort -u)" 'no alert is without a test'
done_testing
