#!/bin/bash
# bash completes what quorumsetup takes: each command and option of its --help, the names of devices there are, and of legs.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
set +eu # as in a shell that a person uses, which this is made for
# shellcheck source=/dev/null
. /usr/share/bash-completion/bash_completion
set -e

# completed WORD...: what can be in the place of the last word, in one line
completed() {
	local COMP_WORDS=(quorumsetup "$@") COMP_CWORD=$# COMP_LINE="quorumsetup $*" COMPREPLY=()
	local COMP_POINT=${#COMP_LINE} COMP_TYPE=9 COMP_KEY=9
	_quorumsetup > /dev/null
	printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
}

_completion_loader quorumsetup || :
like "$(complete -p quorumsetup)" '-F _quorumsetup quorumsetup' 'it is found by the name of the command'

# shellcheck disable=SC2016  # of awk
is "$(completed '')" "$(quorumsetup --help | awk '/^  [a-z]/ && !/^ {10}/ { print $1 }' | sort -u | paste -sd ' ')" \
	'all commands are offered'
is "$(completed re)" "$(completed '' | tr ' ' '\n' | grep '^re' | paste -sd ' ')" 'and of these, what has been begun'
is "$(completed status --)" '--help --json --quiet' 'a command has its options'
is "$(completed events --)" '--follow --help --quiet' 'also if it has two lines'
is "$(completed check --w)" '--wait' 'and those that several take'
is "$(completed replace --)" '--force --help --if-failed --quiet --wait' 'and its own besides'
like "$(completed create --)" '--blkverify .*--log .*--rewrite-corrupted .*--threshold' 'create has those of the table'
is "$(completed create --read-pattern '')" 'fast fifo quorum' 'values of an option'
is "$(completed create --write-ack t)" threshold 'of another'

is "$(completed status '')" '' 'no device before'
loop_legs 3 2048
quorum_create q 2 "${legs[@]:0:2}" -
# a name with a character that parts words
quorum_create with:colon 1 "${legs[2]}"
is "$(completed close '')" "$(printf '%s\n' q with:colon | sort | paste -sd ' ')" 'then those there are'
is "$(completed fail q '')" "/dev/${legs[0]##*/} /dev/${legs[1]##*/} 0 1 2" 'and of one, its legs, but for the absent one'
is "$(completed fail q 1)" 1 'one leg'
is "$(completed check --wait q)" q 'after an option'
is "$(completed close with:c)" colon 'of a name with a colon, what follows that, where bash parts words'
is "$(completed restore with:colon '')" "${legs[2]} 0" 'legs of a device with a colon'
is "$(completed metrics '')" '' 'nothing where nothing is taken'
ln -s "${legs[0]}" "$work/a-disk"
is "$(completed create new "$work/a-d")" "$work/a-disk" 'a device by its path'
is "$(completed create new "${legs[0]}" "$work/a-d")" "$work/a-disk" 'and the next'

done_testing
