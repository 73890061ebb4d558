#!/usr/bin/perl
# tables.pl DIR: makes results.json and results.md of what the guests have left in DIR
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib $FindBin::Bin;
use results;
use figures;

my ($dir) = @ARGV;
my @systems = results::systems();

sub number { my ($value) = @_; return !defined $value ? '' : sprintf $value < 10 ? '%.2f' : '%.0f', $value }

# row CELL...
sub row { return '| ' . join(' | ', @_) . " |\n" }

# cell WHAT, MODE, LEGS, SYSTEM, ...: the value, over that of the bare leg, and how far rounds are from each other
sub cell {
	my ($what, @key) = @_;
	my $value = results::value($what, @key) // return '';
	my $cell = number($value);
	my $spread = results::spread($what, @key);
	my $bare = results::value($what, @key[0, 1], 'bare 1', @key[3 .. $#key]);
	$cell .= sprintf ' (%.2f)', $value / $bare if $bare && $key[2] ne 'bare 1';
	$cell .= sprintf ', %.1f %%', $spread * 100 if defined $spread;
	return $cell;
}

# table TITLE, WHAT, MODE, LEGS, COLUMN...: a row for each system; a column is RW, BS, DEPTH and JOBS
sub table {
	my ($title, $what, $mode, $legs, @columns) = @_;
	@columns = grep {
		my @column = @$_;
		grep { defined results::value($what, $mode, $legs, $_, @column) } @systems;
	} @columns;
	my @rows;
	for my $system (@systems) {
		my @cells = map { cell($what, $mode, $legs, $system, @$_) } @columns;
		push @rows, row($system, @cells) if grep { length } @cells;
	}
	return '' if !@rows;
	my @heads = map { "$_->[0] $_->[1] depth $_->[2]" . ($_->[3] > 1 ? " $_->[3] jobs" : '') } @columns;
	return "## $title\n\n", row('', @heads), row(('---') x (@columns + 1)), @rows, "\n";
}

# columns RWS, SIZES, DEPTHS, JOBS: all that there are of these lists
sub columns {
	my @columns = ([]);
	for my $list (map { [split] } @_[1, 0, 2, 3]) {
		@columns = map { my $column = $_; map { [@$column, $_] } @$list } @columns;
	}
	return map { [@$_[1, 0, 2, 3]] } @columns; # the size of blocks varies slowest
}

my $random = 'randread randwrite';
my $all = "$random randrw read write rw";
# title, what, mode, legs, columns
my @tables = (
	['Instructions of a request, RAM disks, 4 KiB', 'instructions', 'icount', 'brd', columns($all, '4k', '32', '1')],
	['Instructions of a request, RAM disks, 128 KiB', 'instructions', 'icount', 'brd', columns($all, '128k', '32', '1')],
	['Instructions of a request, RAM disks, depth 1', 'instructions', 'icount', 'brd', columns($all, '4k 128k', '1', '1')],
	['Latency in µs, legs of 1 ms', 'latency_us', 'icount', 'null', columns($random, '4k', '1', '1')],
	['Requests a second, legs of 1 ms', 'iops', 'icount', 'null', columns($random, '4k', '1 32', '1')],
	['Latency in µs, the last leg takes 50 ms', 'latency_us', 'icount', 'slow', columns($random, '4k', '1', '1')],
	['p99 of it', 'p99_us', 'icount', 'slow', columns($random, '4k', '1', '1')],
	['Wall time, requests a second, RAM disks, 4 KiB', 'iops', 'wall', 'brd', columns($all, '4k', '32', '1')],
	['Wall time, requests a second, RAM disks, 4 KiB, depth 1', 'iops', 'wall', 'brd', columns($all, '4k', '1', '1 2')],
	['Wall time, requests a second, RAM disks, 4 KiB, two jobs', 'iops', 'wall', 'brd', columns($all, '4k', '32', '2')],
	['Wall time, requests a second, RAM disks, 128 KiB', 'iops', 'wall', 'brd', columns($all, '128k', '32', '1')],
	['Wall time, requests a second, RAM disks, 128 KiB, depth 1', 'iops', 'wall', 'brd', columns($all, '128k', '1', '1 2')],
	['Wall time, requests a second, RAM disks, 128 KiB, two jobs', 'iops', 'wall', 'brd', columns($all, '128k', '32', '2')],
	['Wall time, requests a second, virtio disks', 'iops', 'wall', 'virtio', columns($random, '4k 128k', '32', '1')],
	['Wall time, latency in µs, legs of 1 ms', 'latency_us', 'wall', 'null', columns($random, '4k', '1', '1')],
	['Wall time, requests a second, legs of 1 ms', 'iops', 'wall', 'null', columns($random, '4k', '1 32', '1')],
);

sub figures_table {
	my @rows = map {
		my $value = number($_->{value});
		row($_->{what}, $_->{limit} && !figures::reached($_) ? "**$value**" : $value, $_->{limit});
	} grep { defined $_->{value} } @_;
	return "## Figures\n\nBold: not reached.\n\n", row('', 'measured', 'limit'), row(('---') x 3), @rows, "\n";
}

sub bound_table {
	my @rows = map { row((split), $results::bound{$_}) } sort keys %results::bound;
	return "## The least that a vote takes\n\n", row(qw(mode legs bytes ns)), row(('---') x 4), @rows;
}

results::load($dir);
my @figures = figures::all();
results::write_to("$dir/results.json", JSON::PP->new->canonical->pretty->encode(
	{ records => \@results::records, bound => \%results::bound, figures => \@figures }));
results::write_to("$dir/results.md", "# Results\n\n", figures_table(@figures),
	"In brackets: over the bare leg's. In percent: from the least to the greatest of several rounds.\n\n",
	map({ table(@$_) } @tables), bound_table());
