#!/usr/bin/perl
# tap.pl DIR: the figures that bench-check asserts, as TAP
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use results;
use figures;

results::load($ARGV[0]);
my $n = 0;
for (grep { $_->{check} } figures::all()) {
	my $todo = $_->{check} =~ /^TODO/ ? " # $_->{check}" : '';
	printf "%s %d - %s: %s %s%s\n", figures::reached($_) ? 'ok' : 'not ok', ++$n, $_->{what},
		defined $_->{value} ? sprintf '%.3f', $_->{value} : 'not measured', $_->{limit}, $todo;
}
print "1..$n\n";
