#!/usr/bin/perl
# every-fault-reading.pl REPORT SIZE LOG SLOW LEG... DISK...: reads from a quorum device, in all ways, with each fault in
# turn, see faults.pm.
use strict;
use warnings;
use lib 'tests';
use faults;

use constant { AT => 65536, HELD => 0x32, PAGE => 4096 };

faults::begin(@ARGV);

my ($table, $mends, $bytes, $blocks);

# renew(): all is well again. A leg that could not be repaired would be left alone for a while by the same table.
sub renew {
	dm::reload('q', $table);
	faults::fill(HELD, $bytes);
	faults::pwrite(AT, $bytes);
	faults::settle();
}
sub before {
	my $wrong = faults::sound() || faults::holders(HELD, AT, $bytes) ne '012' && 'the legs differ';
	die "before: $wrong\n" if $wrong;
	faults::fill(0xaa, $bytes);
}
# read_right(IS, ERROR): what is wrong with what has been read
sub read_right {
	my ($is, $error) = @_;
	return $error || (faults::held($bytes) ne chr(HELD) x $bytes && 'wrong data') || $is->{health} ne 'AAA' && $is->{told};
}
# told_of(IS, STRUCK): is it right what is told of the damage of leg 1, and nobody else's? If a request has failed, that is,
# too. A leg that could not be read has not lost a vote, and one that could not be repaired is told to be so.
sub told_of {
	my ($is, $struck) = @_;
	my $leg = $is->{leg}[1];
	return 0 if $is->{mismatches} != $leg->{mismatches} || $is->{no_quorum} || $is->{raced};
	return 0 if $is->{reads} + $is->{writes} != ($struck eq 'fail_make_request');
	return 0 if $leg->{mismatches} != $blocks && !($leg->{mismatches} == 0 && $leg->{reads});
	return $is->{rewritten} == 0 && faults::holders(HELD, AT, $bytes) eq '02' if !$mends;
	return $leg->{reads} + $leg->{writes} == 1 if $leg->{rewritten} == 0;
	return $leg->{rewritten} == $blocks && faults::holders(HELD, AT, $bytes) eq '012';
}

my %tables = (
	quorum => faults::table(),
	fast => faults::slow_table(qw(read_pattern fast)),
	fifo => faults::table(qw(read_pattern fifo)),
	mend => faults::table('rewrite_corrupted'),
);
for my $name (qw(quorum fast fifo mend)) {
	$table = $tables{$name};
	$mends = $name eq 'mend';
	faults::create($table);
	for (2 * PAGE, 16 * PAGE) {
		$bytes = $_;
		$blocks = $bytes == 2 * PAGE ? 1 : 2;
		renew();
		for my $fault (qw(failslab fail_page_alloc fail_make_request)) {
			my $do = sub { faults::pread(AT, $bytes); faults::settle() };
			faults::walk("read_${name}_$bytes", $fault, {
				before => \&before,
				do => $do,
				after => sub {
					my ($error, $struck) = @_;
					my $is = faults::status();
					my $wanted = $struck eq 'fail_make_request' ? '0 0 0 0 1 0' : '0 0 0 0 0 0';
					return read_right($is, $error) || faults::counted($is) ne $wanted && $is->{told};
				},
				heal => \&renew,
			});
			# that does not vote
			next if $name eq 'fifo';
			faults::walk("read_damaged_${name}_$bytes", $fault, {
				before => sub { before(); faults::damage(1, AT + PAGE, $blocks * PAGE) },
				do => $do,
				after => sub {
					my ($error, $struck) = @_;
					my $is = faults::status();
					return read_right($is, $error) || !told_of($is, $struck) && $is->{told};
				},
				heal => \&renew,
			});
		}
	}
	faults::remove();
}
