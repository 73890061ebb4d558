#!/bin/bash
# What quorumsetup takes, it tells: every option is in --help and in the man page, and each command has in --help, which bash
# completion goes by, just those options that it does not refuse.
# Runs on the host.
. "$(dirname "$0")/lib.sh"
# The command line alone: of what it would call, nothing does anything, and all of it fails
mapfile -t called < <(grep -oE '\b(command_[a-z]+|events_follow|print_metrics|wait_for_rebuilt|dm_begin)\b' utils/main.c | sort -u)
printf 'int %s(void) { return -1; }\n' "${called[@]}" > "$work/stubs.c"
compile quorumsetup "$work/stubs.c" utils/{main,state,tab,table,util}.c
PATH=$work:$PATH
# shellcheck source=SCRIPTDIR/../../utils/quorumsetup.completion
. utils/quorumsetup.completion
mapfile -t options < <(sed -n 's/^\t{ "\([a-z-]*\)", [a-z]*_argument,.*/--\1/p' utils/main.c)
mapfile -t commands < <(sed -n 's/^\t{ "\([a-z]*\)", [a-z_]*, [0-9].*/\1/p' utils/main.c)

# missing_in TEXT: options that are not there
missing_in() {
	local option
	for option in "${options[@]}"; do
		grep -qE -- "(^|[^a-z-])$option([^a-z-]|\$)" <<< "$1" || echo "$option"
	done
}

# refuses COMMAND OPTION: says that this does not go with it. So many words as the command wants come after it.
refuses() {
	local words=("$1")
	case $2 in
	--threshold | --size | --offset | --rebuild | --max-leg-errors | --output) set -- "$1" "$2=1" ;;
	--read-pattern) set -- "$1" "$2=fast" ;;
	--write-ack) set -- "$1" "$2=all" ;;
	--log) set -- "$1" "$2=core 1 8" ;;
	esac
	while :; do
		quorumsetup "${words[@]}" "$2" > "$work/said" 2>&1
		grep -q 'wrong number of arguments' "$work/said" || break
		words+=(1)
	done
	grep -q " does not take ${2%%=*}\$" "$work/said"
}
taken() {
	local option
	for option in "${options[@]}"; do refuses "$1" "$option" || echo "$option"; done
}

is "$((${#options[@]} > 20)) $((${#commands[@]} > 15))" '1 1' 'options and commands have been found'
is "$(_quorumsetup_commands | sort | paste -sd ' ')" "$(printf '%s\n' "${commands[@]}" | sort | paste -sd ' ')" \
	'--help has all commands'
is "$(missing_in "$(quorumsetup --help)")" '' 'and all options'
is "$(missing_in "$(sed 's/\\-/-/g' man/quorumsetup.8)")" '' 'so has the man page'
for command in "${commands[@]}"; do
	is "$(_quorumsetup_options "$command" | sort | paste -sd ' ')" "$(taken "$command" | sort | paste -sd ' ')" \
		"--help has what $command takes"
done
is "$(quorumsetup -h)" "$(quorumsetup --help)" '-h is --help'
is "$(quorumsetup --help | awk 'length > 80')" '' 'it is no wider than a terminal'
done_testing
