"""Everything that knows Airflow: assets, environment, services, and running the DAGs."""
